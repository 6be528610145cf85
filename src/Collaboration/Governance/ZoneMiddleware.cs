using Microsoft.Extensions.AI;

namespace AgentTeams.Collaboration;

/// <summary>The boundary of a trust zone around the calls of a run.</summary>
internal sealed class ZoneMiddleware(TrustZone zone) : WorkflowMiddleware
{
    private readonly SecretVault _vault = zone.Vault;

    public override ValueTask<RunStart<TState>> BeginAsync<TState>(RunStart<TState> start, CancellationToken cancellationToken)
    {
        ArgumentNullException.ThrowIfNull(start);
        EnsureNone($"The key or the id of the run '{start.Run.WorkflowName}'", $"{start.Run.Seed} {start.Run.RunId}", "They are stored as they are: let them name the task, not quote it.");
        _vault.EnsureKnown(SecretJson.TextOf(start.State));
        return new((start with { State = _vault.Protect(start.State) }).WithNote(TrustZone.NoteName, _vault.Id));
    }

    public override Task RunAsync(RunInfo run, Func<CancellationToken, Task> next, CancellationToken cancellationToken)
    {
        ArgumentNullException.ThrowIfNull(run);
        ArgumentNullException.ThrowIfNull(next);
        if (run.Notes.TryGetValue(TrustZone.NoteName, out var noted) && noted != _vault.Id) throw new UnknownPlaceholderException(_vault.Id, noted, run.WorkflowName);
        return next(cancellationToken);
    }

    public override Task VisitAsync(VisitInfo visit, Func<CancellationToken, Task> next, CancellationToken cancellationToken)
    {
        ArgumentNullException.ThrowIfNull(visit);
        ArgumentNullException.ThrowIfNull(next);
        EnsureNone("The name of a node", visit.Name, "Records and traces hold it as it is: name the node otherwise.");
        if (visit.State is { } state)
        {
            var text = SecretJson.TextOf(state);
            EnsureNone($"The state before '{visit.NodeId}'", text, "A function, an update or an answer put it there: let it give SecretVault.Protect of it.");
            _vault.EnsureKnown(text);
        }

        return next(cancellationToken);
    }

    public override async Task<ChatResponse> AskAsync(ModelRequest call, Func<ModelRequest, CancellationToken, Task<ChatResponse>> next, CancellationToken cancellationToken)
    {
        ArgumentNullException.ThrowIfNull(call);
        ArgumentNullException.ThrowIfNull(next);
        var messages = SecretContents.Protect(_vault, call.Messages);
        if (!ReferenceEquals(messages, call.Messages) && call.Role.Memory == MemoryPolicy.Conversation)
        {
            return await RefusedAsync(new($"What the role '{call.Role.Name}' is asked", _vault.Find(string.Join('\n', call.Messages.Select(m => m.Text))),
                "It remembers its conversation, and the journal would hold it: write the placeholders of SecretVault.Add into its instructions and prompts.")).ConfigureAwait(false);
        }

        var options = call.Options;
        var reveals = zone.Roles.Contains(call.Role.Name, StringComparer.Ordinal);
        // An answer with a placeholder would not be of the form that is asked for, and a tool of another name not be found.
        var fixedTexts = string.Join('\n', [.. options.Tools?.Select(t => t.Name) ?? [], options.ResponseFormat is ChatResponseFormatJson { Schema: { } schema } && !reveals ? SecretJson.TextOf(schema) : ""]);
        if (_vault.Find(fixedTexts) is { Count: > 0 } found)
            return await RefusedAsync(new($"The name of a tool or the form of the answer of the role '{call.Role.Name}'", found, "Models outside of the zone would be sent it: write the placeholder of SecretVault.Add there.")).ConfigureAwait(false);
        // A client that runs a loop of its own calls the tools that it is offered.
        if (options.Tools is { Count: > 0 } tools) options.Tools = [.. tools.Select(t => t is AIFunction function ? Guarded(function) : t)];
        return await next(call with { Messages = messages, Client = new ZoneClient(call.Client, _vault, reveals) }, cancellationToken).ConfigureAwait(false);

        // Behind the boundary, so that the record of the failure holds what is protected.
        Task<ChatResponse> RefusedAsync(UnprotectedSecretException refusal) => next(call with { Messages = messages, Client = new RefusingClient(call.Client, refusal) }, cancellationToken);
    }

    public override async Task<ToolResult> CallAsync(ToolRequest call, Func<ToolRequest, CancellationToken, Task<ToolResult>> next, CancellationToken cancellationToken)
    {
        ArgumentNullException.ThrowIfNull(call);
        ArgumentNullException.ThrowIfNull(next);
        var arguments = SecretContents.Protect(_vault, call.Arguments);
        // The tool is changed and not its arguments, as the record holds those.
        return await next(call with { Tool = Guarded(call.Tool), Arguments = arguments }, cancellationToken).ConfigureAwait(false);
    }

    private ZoneTool Guarded(AIFunction tool) => new(tool, _vault, zone.Tools.Contains(tool.Name, StringComparer.Ordinal));

    private void EnsureNone(string where, string text, string fix)
    {
        if (_vault.Find(text) is { Count: > 0 } kinds) throw new UnprotectedSecretException(where, kinds, fix);
    }
}
