using System.Collections.Immutable;
using System.Text.Json;
using System.Text.Json.Nodes;
using Microsoft.Extensions.AI;

namespace AgentTeams.Collaboration;

/// <summary>How a planner and its workers work.</summary>
public sealed record PlannerOptions : TeamOptions
{
    /// <summary>The most plans, the first included.</summary>
    /// <value>At least 1; 3 by default.</value>
    public int MaxPlans { get; init; } = 3;

    /// <summary>The most tasks of one plan.</summary>
    /// <value>At least 1; 16 by default.</value>
    public int MaxTasks { get; init; } = 16;

    /// <summary>How many tasks are worked on at the same time.</summary>
    /// <value>At least 1; 4 by default.</value>
    public int MaxConcurrency { get; init; } = 4;

    /// <summary>What happens when the plans are used up and tasks are still undone: the planner answers with what there is, or the run fails.</summary>
    /// <value>It answers, by default; <see cref="Conversation.IsSettled"/> tells that tasks are undone.</value>
    public LoopLimit OnLimit { get; init; } = LoopLimit.GoOn;

    /// <summary>Whether a worker says that its task cannot be done: a pure function of its answer. A worker whose node fails has failed too.</summary>
    /// <value>By default, whether the answer begins with <see cref="TeamPrompts.Failed"/>.</value>
    public Func<string, bool> IsFailure { get; init; } = text => text.StartsWith(TeamPrompts.Failed, StringComparison.Ordinal);

    /// <summary>What the planner is asked for a plan, also after failures; it sees the ledger.</summary>
    public Func<ConversationView, Prompt> Plan { get; init; } = TeamPrompts.Plan;

    /// <summary>What a worker is asked. The ledger of its view holds its task and then those that it needs, with their results.</summary>
    public Func<ConversationView, Prompt> Work { get; init; } = TeamPrompts.Work;

    /// <summary>What the planner is asked at the end.</summary>
    public Func<ConversationView, Prompt> Conclude { get; init; } = TeamPrompts.Conclude;

    private protected override void CheckOwn(OptionChecks checks) => checks.AtLeast(1, MaxPlans).AtLeast(1, MaxTasks).AtLeast(1, MaxConcurrency);
}

public static partial class TeamPatterns
{
    /// <summary>
    /// A planner fills a ledger with tasks for workers, who do those whose needs are met side by side. When tasks failed, the planner sees the ledger and plans
    /// again; at the end it answers (orchestrator and ledger as in Magentic-One, Fourney et al. 2024). Workers may be teams.
    /// </summary>
    public static BoundWorkflow<Conversation, string, string> PlannerWorkers(string name, TeamMember planner, IReadOnlyList<TeamMember> workers, PlannerOptions? options = null)
    {
        ArgumentNullException.ThrowIfNull(planner);
        ArgumentNullException.ThrowIfNull(workers);
        options ??= new();
        var team = new TeamGraph(name, [planner, .. workers], options, least: 2);
        var plan = team.Ask(planner, new(options.Plan, MessageKinds.Plan)
        {
            Node = $"plan {planner.Name}",
            Form = LedgerRules.Form([.. workers.Select(w => w.Name)], options.MaxTasks),
            Hear = (s, message) => message.IsWithheld ? s : LedgerRules.Adopt(s, JsonElement.Parse(message.Text)),
        });
        var work = team.Builder.AddMap("work", LedgerRules.Ready, Worker($"{name} work", workers, options), (s, done) => LedgerRules.Report(s, done, options.IsFailure),
            new() { Key = item => item.Own.Id, MaxConcurrency = options.MaxConcurrency, SkipFailed = true });
        var tasks = team.Rounds("tasks", work, options.MaxTasks, LoopLimit.GoOn, s => LedgerRules.Ready(s).Count == 0);
        var plans = team.Rounds("plans", team.Chain(plan, tasks), options.MaxPlans, options.OnLimit, LedgerRules.IsDone);
        var conclude = team.Ask(planner, new(options.Conclude, MessageKinds.Answer) { Node = $"conclude {planner.Name}" });
        return team.Build(plans, conclude, team.Answer(s => s.Last!.Text, LedgerRules.IsDone));
    }

    private static BoundWorkflow<WorkItem, WorkResult> Worker(string name, IReadOnlyList<TeamMember> workers, PlannerOptions options)
    {
        var wf = Workflow.CreateBuilder<WorkItem>(name, options.Nodes);
        var assign = wf.AddFunction("assign", s => s);
        var nodes = workers.Select(w => options.Governance is { } governance && governance.Covers(MessageKinds.Result)
            ? governance.AddTo(wf, w, w.Name, s => new(s.For(w.Name), MessageKinds.Result, options.Work), (s, done) => s.With(done, governance), options.Nodes)
            : w.AddTo(wf, w.Name, s => options.Work(s.For(w.Name)), (s, text, _) => s with { Result = text })).ToList();
        wf.Start(assign);
        wf.Branch(assign, b =>
        {
            for (var i = 0; i < nodes.Count - 1; i++)
            {
                var worker = workers[i].Name;
                b.When(s => s.Own.Assignee == worker, nodes[i]);
            }

            b.Otherwise(nodes[^1]);
        });
        foreach (var node in nodes) wf.From(node);
        return wf.Build().Bind((WorkItem item) => item, s => new WorkResult(s.Own.Id, s.Result, s.Withheld));
    }
}

/// <summary>One task with what its worker needs.</summary>
internal sealed record WorkItem(string Task, LedgerTask Own, ImmutableArray<LedgerTask> Needs, ImmutableArray<AIContent> Attachments, string Result = "", QuarantinedMessage? Withheld = null)
{
    /// <summary>The item with a result that was judged.</summary>
    public WorkItem With(Delivery done, Governance governance)
    {
        if (done.Problem is not { } reason) return this with { Result = done.Text };
        if (governance.OnQuarantine == QuarantineRule.Fail) throw new QuarantineException(Own.Assignee, done.Attempts, reason);
        var refused = new TeamMessage { From = Own.Assignee, Kind = MessageKinds.Result, Purpose = Own.Id, Text = done.Text };
        return this with { Result = governance.Withheld(Own.Assignee), Withheld = new(refused, reason, done.Attempts) };
    }

    public ConversationView For(string worker) => new() { Self = worker, Task = Task, Attachments = Attachments, Ledger = [Own, .. Needs] };
}

/// <summary>What came of one task.</summary>
internal sealed record WorkResult(string Id, string Text, QuarantinedMessage? Withheld = null);

/// <summary>What a ledger allows: pure functions of the conversation.</summary>
internal static class LedgerRules
{
    public static ReplyForm Form(ImmutableArray<string> workers, int most)
    {
        var task = ReplyForm.Object(("id", new JsonObject { ["type"] = "string", ["pattern"] = "^[A-Za-z0-9_-]{1,16}$" }), ("assignee", ReplyForm.OneOf(workers)), ("task", ReplyForm.Text()),
            ("needs", new JsonObject { ["type"] = "array", ["items"] = ReplyForm.Text(), ["maxItems"] = most - 1 }));
        return new(ReplyForm.Object(("tasks", new JsonObject { ["type"] = "array", ["items"] = task, ["maxItems"] = most })), Problem);
    }

    /// <summary>The ledger with a plan's tasks. What was not done of those before is dropped; ids are the plan's number and the task's own.</summary>
    public static Conversation Adopt(Conversation state, JsonElement plan)
    {
        var number = state.Messages.Count(m => m.Kind == MessageKinds.Plan);
        string Id(string? id) => $"{number}.{id}";
        return state with
        {
            Ledger =
            [
                .. state.Ledger.Select(t => t.State == LedgerState.Done ? t : t with { State = LedgerState.Dropped }),
                .. Tasks(plan).Select(t => new LedgerTask(Id(t.Id), t.Assignee, t.Text) { Needs = [.. t.Needs.Select(Id)] }),
            ],
        };
    }

    public static IReadOnlyList<WorkItem> Ready(Conversation state)
    {
        var done = state.Ledger.Where(t => t.State == LedgerState.Done).ToDictionary(t => t.Id, StringComparer.Ordinal);
        return [.. state.Ledger.Where(t => t.State == LedgerState.Open && t.Needs.All(done.ContainsKey)).Select(t => new WorkItem(state.Task, t, [.. t.Needs.Select(n => done[n])], state.Attachments))];
    }

    public static bool IsDone(Conversation state) => state.LastOf(MessageKinds.Plan)?.IsWithheld != true && state.Ledger.All(t => t.State is LedgerState.Done or LedgerState.Dropped);

    public static Conversation Report(Conversation state, IReadOnlyList<WorkResult> done, Func<string, bool> isFailure)
    {
        var results = done.ToDictionary(r => r.Id, StringComparer.Ordinal);
        foreach (var own in Ready(state).Select(i => i.Own))
        {
            var result = results.GetValueOrDefault(own.Id);
            var ended = own with { State = result is null or { Withheld: not null } || isFailure(result.Text) ? LedgerState.Failed : LedgerState.Done, Result = result?.Text ?? "The worker gave no answer." };
            state = (state with { Ledger = state.Ledger.Replace(own, ended) }).Say(new() { From = own.Assignee, Kind = MessageKinds.Result, Purpose = own.Id, Text = ended.Result, IsWithheld = result?.Withheld is not null });
            if (result?.Withheld is { } refused) state = state with { Quarantine = state.Quarantine.Add(refused with { Message = refused.Message with { Turn = state.Last!.Turn } }) };
        }

        return state;
    }

    private static string? Problem(JsonElement plan)
    {
        var tasks = Tasks(plan).ToList();
        var known = new HashSet<string>(StringComparer.Ordinal);
        foreach (var task in tasks)
        {
            // Needs name tasks above, so that a plan can have no cycle.
            if (task.Needs.FirstOrDefault(n => !known.Contains(n)) is { } stranger) return $"The task '{task.Id}' needs '{stranger}', which is no task above it.";
            if (!known.Add(task.Id)) return $"Two tasks have the id '{task.Id}'. Give each its own.";
        }

        return null;
    }

    private static IEnumerable<LedgerTask> Tasks(JsonElement plan) => plan.GetProperty("tasks").EnumerateArray().Select(t =>
        new LedgerTask(t.GetProperty("id").GetString()!, t.GetProperty("assignee").GetString()!, t.GetProperty("task").GetString()!) { Needs = [.. t.GetProperty("needs").EnumerateArray().Select(n => n.GetString()!)] });
}
