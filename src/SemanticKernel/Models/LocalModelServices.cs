using AgentTeams;
using AgentTeams.SemanticKernel;
using Microsoft.Extensions.AI;
using Microsoft.SemanticKernel.ChatCompletion;

namespace Microsoft.Extensions.DependencyInjection;

/// <summary>Registers local models as chat clients of a kernel.</summary>
public static class LocalModelServices
{
    /// <summary>
    /// Registers a local model from a Hugging Face folder. It is loaded when first used, answers as the chat client and as the
    /// chat-completion service of that key, calls kernel functions with all filters, and is found as an <see cref="ITrainableModel"/>
    /// under the same key. Its adapters
    /// answer under keys of their own. The first local model also answers for agents that name no service, where no other
    /// chat service does.
    /// </summary>
    /// <param name="services">The services of a kernel builder or of an application.</param>
    /// <param name="key">The model's id and service key.</param>
    /// <param name="directory">The folder.</param>
    /// <param name="configure">Adapters, chat template and how the machine is used.</param>
    /// <exception cref="AgentTeamsException">The key, or that of an adapter, has a chat client already.</exception>
    public static IServiceCollection AddLocalModel(this IServiceCollection services, string key, string directory, Action<KernelModelOptions>? configure = null)
    {
        ArgumentNullException.ThrowIfNull(services);
        var options = new KernelModelOptions();
        configure?.Invoke(options);
        foreach (var name in options.Adapters.Keys.Prepend(key)) RefuseTaken(services, name);
        services.AddKeyedSingleton<ITrainableModel>(key, (_, _) => options.Load(key, directory));
        AddClient(services, key, key, null);
        foreach (var adapter in options.Adapters.Keys) AddClient(services, adapter, key, adapter);
        return services;
    }

    /// <summary>Registers a policy of a model that was loaded elsewhere and is not disposed with the services.</summary>
    /// <param name="services">The services of a kernel builder or of an application.</param>
    /// <param name="key">The service key.</param>
    /// <param name="model">The model.</param>
    /// <param name="policy">The weights that answer: the model's own, or an adapter. Null, the default, for the first of the model's policies.</param>
    public static IServiceCollection AddLocalModel(this IServiceCollection services, string key, ITrainableModel model, PolicyId? policy = null)
    {
        ArgumentNullException.ThrowIfNull(services);
        ArgumentNullException.ThrowIfNull(model);
        RefuseTaken(services, key);
        services.AddKeyedSingleton(key, model);
        AddClient(services, key, key, policy?.Adapter, policy);
        return services;
    }

    private static void RefuseTaken(IServiceCollection services, string key)
    {
        if (services.Any(s => s.IsKeyedService && s.ServiceType == typeof(IChatClient) && Equals(s.ServiceKey, key)))
            throw new AgentTeamsException($"The key '{key}' has a chat client already. Give every model and every adapter a key of its own, across all models.");
    }

    private static void AddClient(IServiceCollection services, string key, string model, string? adapter, PolicyId? policy = null)
    {
        services.AddKeyedSingleton(key, (provider, _) =>
        {
            var local = provider.GetRequiredKeyedService<ITrainableModel>(model);
            var chosen = policy ?? local.Policies.First(p => p.Adapter == adapter);
            return KernelChatClients.ForKernel(local.GetChatClient(chosen), provider);
        });
        services.AddKeyedSingleton<IChatCompletionService>(key, (provider, _) => new LocalChatService(provider.GetRequiredKeyedService<IChatClient>(key), provider));
        if (services.Any(s => !s.IsKeyedService && (s.ServiceType == typeof(IChatClient) || s.ServiceType == typeof(IChatCompletionService)))) return;
        services.AddSingleton(provider => provider.GetRequiredKeyedService<IChatClient>(key));
        services.AddSingleton(provider => provider.GetRequiredKeyedService<IChatCompletionService>(key));
    }
}
