using System.Text.Json;

namespace AgentTeams.Workflows;

/// <summary>Journal items as they are stored, and back.</summary>
internal static class JournalForm
{
    public static JournalEntry ToEntry(JournalItem item, Func<TrajectoryNode, TrajectoryNode> shorten) => item switch
    {
        VisitCommit visit => new()
        {
            Kind = JournalEntryKind.Commit,
            Path = visit.Path,
            NodeId = visit.NodeId,
            Name = visit.Name == visit.NodeId ? null : visit.Name,
            Fingerprint = visit.Fingerprint,
            Branch = visit.Branch,
            Error = visit.Error,
            Handled = visit.IsHandled ? true : null,
            Cancelled = visit.IsCancelled ? true : null,
            Remembered = visit.Remembered is { } said ? [.. said] : null,
            Taken = visit.Taken.IsDefault ? null : visit.Taken,
            Result = visit.Result is JsonElement written ? written : visit.Error is null ? visit.Node?.Write(visit.Result, visit.Records) : null,
            Records = visit.Records.Count == 0 ? null : [.. visit.Records.Select(shorten)],
            Earlier = visit.Earlier == 0 ? null : visit.Earlier,
        },
        CallCommit call => new()
        {
            Kind = JournalEntryKind.Call,
            Path = call.Path,
            Call = call.Call,
            Result = call.Reply switch { Microsoft.Extensions.AI.ChatResponse reply => RecordedReply.Write(reply, call.Records, call.Call), JsonElement written => written, _ => null },
            Records = [.. call.Records.Select(shorten)],
        },
        RequestMade made => new() { Kind = JournalEntryKind.Request, Path = made.Path, Request = made.Request },
        AnswerGiven answer => new() { Kind = JournalEntryKind.Answer, Path = answer.Path, NodeId = answer.RequestId, Result = answer.Answer },
        StateEdit edit => new() { Kind = JournalEntryKind.Edit, Path = edit.Path, Result = edit.Patch.ToJson() },
        _ => throw new InvalidOperationException(item.GetType().Name),
    };

    public static JournalItem? FromEntry(JournalEntry entry, Func<TrajectoryNode, TrajectoryNode> restore) => entry.Kind switch
    {
        JournalEntryKind.Commit => new VisitCommit(entry.Path)
        {
            NodeId = Required(entry.NodeId, entry),
            Name = entry.Name ?? Required(entry.NodeId, entry),
            Fingerprint = entry.Fingerprint,
            Branch = entry.Branch,
            Error = entry.Error,
            IsHandled = entry.Handled ?? false,
            IsCancelled = entry.Cancelled ?? false,
            Remembered = entry.Remembered,
            Taken = entry.Taken ?? default,
            Result = entry.Result,
            Records = [.. (entry.Records ?? []).Select(restore)],
            Earlier = entry.Earlier ?? 0,
        },
        JournalEntryKind.Call => new CallCommit(entry.Path, Required(entry.Call, entry), entry.Result, [.. (entry.Records ?? []).Select(restore)]),
        JournalEntryKind.Request => new RequestMade(entry.Path, Required(entry.Request, entry) with { Path = entry.Path }),
        JournalEntryKind.Answer => new AnswerGiven(entry.Path, Required(entry.NodeId, entry), entry.Result ?? JsonElement.Parse("null")),
        JournalEntryKind.Edit => new StateEdit(entry.Path, StatePatch.Read(Required(entry.Result, entry))),
        _ => null,
    };

    private static T Required<T>(T? value, JournalEntry entry)
        where T : class => value ?? throw Incomplete(entry);

    private static T Required<T>(T? value, JournalEntry entry)
        where T : struct => value ?? throw Incomplete(entry);

    private static AgentTeamsException Incomplete(JournalEntry entry) => new($"A record of the journal, {entry.Kind} of '{entry.Path}', lacks a member. It was not written by this library; restore the journal from a copy.");
}
