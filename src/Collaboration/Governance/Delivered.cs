using System.Collections.Immutable;

namespace AgentTeams.Collaboration;

/// <summary>What counts where messages are counted, chosen or put together: those that were delivered.</summary>
internal static class Delivered
{
    /// <summary>The messages that were delivered; all of them where nothing else was said, so that there is an answer.</summary>
    public static ImmutableArray<TeamMessage> OrAll(IEnumerable<TeamMessage> messages)
    {
        ImmutableArray<TeamMessage> all = [.. messages];
        return all.Any(m => !m.IsWithheld) ? [.. all.Where(m => !m.IsWithheld)] : all;
    }

    /// <summary>The newest delivered message of a kind, else the newest; null where there is none.</summary>
    public static TeamMessage? LastOf(Conversation state, string kind) => OrAll(state.Messages.Where(m => m.Kind == kind)).LastOrDefault();
}
