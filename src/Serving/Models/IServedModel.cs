using Microsoft.Extensions.AI;

namespace AgentTeams.Serving;

/// <summary>What the endpoint must know of a chat client before it asks it.</summary>
internal interface IServedModel
{
    /// <summary>What turns sampled ids into text; null where replies tell no log-probabilities.</summary>
    Tokenizer? Tokenizer { get; }

    /// <summary>Whether equal seeds give equal replies, so that requests without one need seeds that differ.</summary>
    bool IsSeeded { get; }

    /// <summary>Refuses what the client would ignore or could never answer.</summary>
    /// <exception cref="AgentTeamsException">Says what, and what to do instead.</exception>
    void Check(IReadOnlyList<ChatMessage> messages, ChatOptions options);
}

/// <summary>Finds out what a chat client is.</summary>
internal static class ServedModels
{
    public static IServedModel Of(IChatClient client) => client.GetService(typeof(IServedModel)) as IServedModel
        ?? (client.GetService(typeof(LocalChatClient)) is LocalChatClient local ? new LocalModel(local) : new OtherModel());

    public static void Refuse(bool isGiven, string field, string why)
    {
        if (isGiven) throw RequestException.Unsupported(field, why);
    }
}
