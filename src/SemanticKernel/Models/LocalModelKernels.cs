using AgentTeams;
using AgentTeams.SemanticKernel;
using Microsoft.Extensions.DependencyInjection;

namespace Microsoft.SemanticKernel;

/// <summary>Registers local models on a kernel's builder.</summary>
public static class LocalModelKernels
{
    /// <inheritdoc cref="LocalModelServices.AddLocalModel(IServiceCollection, string, string, Action{KernelModelOptions}?)"/>
    public static IKernelBuilder AddLocalModel(this IKernelBuilder builder, string key, string directory, Action<KernelModelOptions>? configure = null)
    {
        ArgumentNullException.ThrowIfNull(builder);
        builder.Services.AddLocalModel(key, directory, configure);
        return builder;
    }

    /// <inheritdoc cref="LocalModelServices.AddLocalModel(IServiceCollection, string, ITrainableModel, PolicyId?)"/>
    public static IKernelBuilder AddLocalModel(this IKernelBuilder builder, string key, ITrainableModel model, PolicyId? policy = null)
    {
        ArgumentNullException.ThrowIfNull(builder);
        builder.Services.AddLocalModel(key, model, policy);
        return builder;
    }
}
