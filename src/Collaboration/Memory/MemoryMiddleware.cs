using System.Globalization;
using Microsoft.Extensions.AI;

namespace AgentTeams.Collaboration;

/// <summary>A memory around the calls of a run.</summary>
internal sealed class MemoryMiddleware(TeamMemory memory) : WorkflowMiddleware
{
    public override async ValueTask<RunStart<TState>> BeginAsync<TState>(RunStart<TState> start, CancellationToken cancellationToken)
    {
        ArgumentNullException.ThrowIfNull(start);
        var version = await memory.Options.Store.GetVersionAsync(cancellationToken).ConfigureAwait(false);
        return start.WithNote(memory.Options.Name, version.ToString(CultureInfo.InvariantCulture));
    }

    public override async Task RunAsync(RunInfo run, Func<CancellationToken, Task> next, CancellationToken cancellationToken)
    {
        ArgumentNullException.ThrowIfNull(run);
        ArgumentNullException.ThrowIfNull(next);
        var version = await memory.Options.Store.GetVersionAsync(cancellationToken).ConfigureAwait(false);
        if (VersionOf(run) > version) throw new AgentTeamsException($"The run '{run.WorkflowName}' reads version {VersionOf(run)} of '{memory.Options.Name}', and the store has {version}. Go on with the store of its beginning.");
        await next(cancellationToken).ConfigureAwait(false);
    }

    public override async Task<ChatResponse> AskAsync(ModelRequest call, Func<ModelRequest, CancellationToken, Task<ChatResponse>> next, CancellationToken cancellationToken)
    {
        ArgumentNullException.ThrowIfNull(call);
        ArgumentNullException.ThrowIfNull(next);
        var entries = await memory.RecallAsync(call.Role.Name, Asked(call), VersionOf(call.Run), cancellationToken).ConfigureAwait(false);
        var told = memory.Options.Tell(entries);
        return await next(told.Length == 0 ? call : call with { Messages = With(call.Messages, told) }, cancellationToken).ConfigureAwait(false);
    }

    // What a visit asks first stays the same in its rounds and attempts, so that their prompts begin alike; in a conversation the newest question counts.
    private static string Asked(ModelRequest call)
    {
        var asked = call.Messages.Where(m => m.Role == ChatRole.User);
        return (call.Role.Memory == MemoryPolicy.Conversation ? asked.LastOrDefault() : asked.FirstOrDefault())?.Text ?? "";
    }

    // After the instructions, which every call begins with.
    private static IReadOnlyList<ChatMessage> With(IReadOnlyList<ChatMessage> messages, string told)
    {
        var instructions = messages.TakeWhile(m => m.Role == ChatRole.System).Count();
        return [.. messages.Take(instructions), new(ChatRole.System, told), .. messages.Skip(instructions)];
    }

    // A run that began without this memory is told nothing of it.
    private long VersionOf(RunInfo run) => run.Notes.TryGetValue(memory.Options.Name, out var noted) ? long.Parse(noted, CultureInfo.InvariantCulture) : 0;
}
