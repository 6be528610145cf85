using Microsoft.Extensions.AI;
using Microsoft.SemanticKernel;

namespace AgentTeams.SemanticKernel;

/// <summary>Chat clients as kernels use them.</summary>
public static class KernelChatClients
{
    /// <summary>
    /// Records each model call of a recorded agent. Add it after <c>UseKernelFunctionInvocation</c>, which makes it the inner of
    /// the two: then every turn of the loop is recorded, with its usage and, where the model is local, its tokens.
    /// </summary>
    public static ChatClientBuilder UseTrajectoryRecording(this ChatClientBuilder builder)
    {
        ArgumentNullException.ThrowIfNull(builder);
        return builder.Use(inner => new RecordingChatClient(inner));
    }

    internal static IChatClient ForKernel(IChatClient client, IServiceProvider? services = null) =>
        client.AsBuilder().UseKernelFunctionInvocation().Use(inner => new SpeakerNames(inner)).UseTrajectoryRecording().Build(services);
}
