using System.Collections.Immutable;
using System.Text.Json;

namespace AgentTeams.Storage;

/// <summary>A trace as a trajectory.</summary>
internal sealed class GenAiTrace
{
    private const string Conversation = "gen_ai.conversation.id";
    private readonly Dictionary<string, OtlpSpan> _spans = new(StringComparer.Ordinal);
    private readonly HashSet<string> _withCalls = new(StringComparer.Ordinal);
    private readonly NodeNames _names = new();
    private readonly ImportOptions _options;

    private GenAiTrace(IEnumerable<OtlpSpan> spans, ImportOptions options)
    {
        _options = options;
        foreach (var span in spans) _spans.TryAdd(span.SpanId, span);

        // Wrappers of a client report the same call again, and an agent what its calls came to.
        foreach (var call in _spans.Values.Where(IsCall)) _withCalls.UnionWith(Around(call).Select(s => s.SpanId));
    }

    /// <summary>The trajectory of a trace; null where nothing in it is a call of a model or tool.</summary>
    public static Trajectory? ToTrajectory(string id, IEnumerable<OtlpSpan> spans, ImportOptions options)
    {
        var trace = new GenAiTrace(spans, options);
        var told = trace._spans.Values.Where(trace.IsNode).OrderBy(s => s.Start).ThenBy(s => s.End).ToList();
        return told.Count == 0 ? null : trace.ToTrajectory(id, told);
    }

    private Trajectory ToTrajectory(string id, List<OtlpSpan> told)
    {
        var order = new SpanOrder();
        var nodes = ImmutableArray.CreateBuilder<TrajectoryNode>();
        foreach (var span in told)
        {
            var node = IsTool(span) ? Tool(span) : Role(span);
            nodes.Add(node with
            {
                Parents = order.Next(node.Id, span), Step = nodes.Count, Start = span.Start, Duration = span.End - span.Start, Error = ErrorOf(span),
            });
        }

        var last = nodes.LastOrDefault(n => n.Kind == NodeKind.Role);
        var root = _spans.Values.FirstOrDefault(s => s.ParentId is null) ?? told[0];
        var error = ErrorOf(root) ?? nodes[^1].Error;
        var task = nodes.FirstOrDefault(n => !n.Input.IsEmpty) is { } first ? ImportedIds.TaskOf(first.Input) : root.Name;
        var conversation = _spans.Values.Select(s => s.Text(Conversation)).FirstOrDefault(c => c is not null);
        return new()
        {
            Id = id, WorkflowName = _options.WorkflowName, TaskId = task, GroupId = task,
            Status = error is null ? TrajectoryStatus.Completed : TrajectoryStatus.Failed, Error = error,
            Outcome = error is null && last?.Text is { Length: > 0 } said ? said : null, Nodes = nodes.DrainToImmutable(),
            Usage = new(told.Sum(s => UsageOf(s)?.InputTokens ?? 0), told.Sum(s => UsageOf(s)?.OutputTokens ?? 0)),
            Properties = conversation is null ? null : new Dictionary<string, string>(StringComparer.Ordinal) { [Conversation] = conversation },
        };
    }

    private TrajectoryNode Role(OtlpSpan span) => new()
    {
        Id = _names.Next(RoleOf(span)), Kind = NodeKind.Role, Name = RoleOf(span), Role = RoleOf(span),
        Input = GenAiMessages.InputOf(span), Output = GenAiMessages.OutputOf(span),
        Policy = ModelNames.ToPolicy(span.Text("gen_ai.response.model") ?? span.Text("gen_ai.request.model")), Usage = UsageOf(span),
    };

    private TrajectoryNode Tool(OtlpSpan span)
    {
        var tool = span.Text("gen_ai.tool.name") ?? span.Name;
        return new()
        {
            Id = _names.Next(tool), Kind = NodeKind.Tool, Name = tool, ToolName = tool, Role = RoleOf(span),
            Arguments = Value(span, "gen_ai.tool.call.arguments"),
            Result = Value(span, "gen_ai.tool.call.result"),
        };
    }

    private static JsonElement? Value(OtlpSpan span, string name) => span.Json(name) ?? (span.Attributes.TryGetValue(name, out var text) ? text : null);

    private string RoleOf(OtlpSpan span) =>
        Around(span).Prepend(span).Select(s => s.Text("gen_ai.agent.name")).FirstOrDefault(name => !string.IsNullOrEmpty(name)) ?? _options.Role;

    private IEnumerable<OtlpSpan> Around(OtlpSpan span)
    {
        var passed = new HashSet<string>(StringComparer.Ordinal) { span.SpanId };
        while (span.ParentId is { } parent && passed.Add(parent) && _spans.TryGetValue(parent, out var outer)) yield return span = outer;
    }

    private bool IsNode(OtlpSpan span) => IsTool(span)
        || (!_withCalls.Contains(span.SpanId) && (IsCall(span) || (Operation(span) == "invoke_agent" && !GenAiMessages.OutputOf(span).IsEmpty)));

    private static bool IsTool(OtlpSpan span) => Operation(span) == "execute_tool";

    private static bool IsCall(OtlpSpan span) => Operation(span) is "chat" or "text_completion" or "generate_content";

    private static string? Operation(OtlpSpan span) => span.Text("gen_ai.operation.name");

    private static NodeError? ErrorOf(OtlpSpan span) =>
        span.IsError ? new(span.Text("error.type") ?? "Error", span.StatusMessage ?? "The span tells no more.") : null;

    private static TokenUsage? UsageOf(OtlpSpan span)
    {
        var read = span.Number("gen_ai.usage.input_tokens", "gen_ai.usage.prompt_tokens");
        var wrote = span.Number("gen_ai.usage.output_tokens", "gen_ai.usage.completion_tokens");
        return IsTool(span) || (read is null && wrote is null) ? null : new(read ?? 0, wrote ?? 0);
    }
}
