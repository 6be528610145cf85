using Microsoft.Extensions.AI;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.SemanticKernel.ChatCompletion;

namespace AgentTeams.SemanticKernel;

/// <summary>A kernel's services, its chat services recorded.</summary>
internal sealed class RecordingServices(IServiceProvider inner) : IKeyedServiceProvider
{
    public object? GetService(Type serviceType) => Recorded(inner.GetService(serviceType));

    public object? GetKeyedService(Type serviceType, object? serviceKey) => Recorded((inner as IKeyedServiceProvider)?.GetKeyedService(serviceType, serviceKey));

    public object GetRequiredKeyedService(Type serviceType, object? serviceKey) => Recorded(inner.GetRequiredKeyedService(serviceType, serviceKey))!;

    private static object? Recorded(object? service) => service switch
    {
        LocalChatService or TurnRecordingService or TurnRecordingClient => service,
        IChatCompletionService chat => new TurnRecordingService(chat),
        IChatClient client when client.GetService(typeof(RecordingChatClient)) is null => new TurnRecordingClient(client),
        IEnumerable<IChatCompletionService> all => all.Select(s => (IChatCompletionService)Recorded(s)!).ToArray(),
        IEnumerable<IChatClient> all => all.Select(c => (IChatClient)Recorded(c)!).ToArray(),
        _ => service,
    };
}
