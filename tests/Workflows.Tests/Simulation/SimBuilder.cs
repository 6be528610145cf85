namespace AgentTeams.Tests.Simulation;

/// <summary>Builds the workflow of a graph as an application would.</summary>
/// <param name="pump">The pump of the run that goes on.</param>
internal sealed class SimBuilder(Func<SimPump> pump)
{
    public Workflow<SimState> Build(string name, SimChain start)
    {
        var wf = Workflow.CreateBuilder<SimState>(name);
        wf.Start(Add(wf, start, Workflow.End));
        return wf.Build();
    }

    /// <summary>Adds a chain from its end, as routes and branches name what follows them.</summary>
    private NodeHandle Add(WorkflowBuilder<SimState> wf, SimChain chain, NodeHandle next)
    {
        foreach (var step in chain.Steps.Reverse()) next = Add(wf, step, next);
        return next;
    }

    private NodeHandle Add(WorkflowBuilder<SimState> wf, SimStep step, NodeHandle next)
    {
        var name = step.Node.Name;
        var route = step.Route is null ? null : new ErrorRoute<SimState>(Add(wf, step.Route, next), (s, error) => s.Add($"{name}!{SimFault.KeyOf(error.Message)}"));
        var node = Add(wf, step.Node, new() { OnError = route });
        if (!step.HasChoice)
        {
            wf.From(node).Then(next);
            return node;
        }

        var exits = step.Exits.Select(e => Add(wf, e, next)).ToList();
        wf.Branch(node, b =>
        {
            if (step.MayGoBack) b.When(step.GoesBack, node, "back");
            for (var i = 0; i < exits.Count - 1; i++)
            {
                var exit = i;
                b.When(s => step.ExitAfter(s) == exit, exits[exit], $"way{exit}");
            }

            b.Otherwise(exits[^1], $"way{exits.Count - 1}");
        });
        return node;
    }

    private NodeHandle Add(WorkflowBuilder<SimState> wf, SimNode node, NodeOptions<SimState> options)
    {
        switch (node)
        {
            case SimPure:
                return wf.AddFunction(node.Name, s => s.Add(node.Name), options);
            case SimWork work:
                options = options with
                {
                    Timeout = work.HangPercent > 0 ? TimeSpan.FromMinutes(1) : null,
                    MaxCallRetries = work.Retries,
                    RetryDelay = TimeSpan.FromSeconds(1),
                };
                return wf.AddFunction(node.Name, (s, token) => pump().WorkAsync(work, s, token), (s, value) => s.Add($"{node.Name}={value}"), options);
            case SimHuman:
                return wf.AddHuman<int, int>(node.Name, s => s.Hash, (s, answer) => s.Add($"{node.Name}?{answer}"), options);
            case SimParallel parallel:
                return Add(wf, parallel, options);
            case SimLoop loop:
                return wf.AddLoop(node.Name, Add(wf, loop.Round, Workflow.End), loop.IsDone,
                    new() { MaxRounds = loop.MaxRounds, OnLimit = loop.FailsAtLimit ? LoopLimit.Fail : LoopLimit.GoOn }, options);
            case SimSub sub:
                var inner = Build(node.Name, sub.Start).Bind((int hash) => new SimState(hash), s => s.Hash);
                return wf.AddWorkflow(inner, s => s.Hash, (s, output) => s.Add($"{node.Name}={output}"), options);
            case SimMap map:
                var each = Build($"{node.Name}-each", map.Start).Bind((string item) => new SimState(SimHash.Of(0, item)), s => s.Hash);
                return wf.AddMap(node.Name, map.Items, each, (s, all) => s.Add($"{node.Name}=[{string.Join(',', all)}]"),
                    new() { MaxConcurrency = map.Concurrency, SkipFailed = map.SkipsFailed, Key = map.IsKeyed ? map.KeyOf : null }, options);
            default:
                throw new ArgumentException($"{node} is no node that can be built.", nameof(node));
        }
    }

    private NodeHandle Add(WorkflowBuilder<SimState> wf, SimParallel parallel, NodeOptions<SimState> options) => wf.AddParallel(parallel.Name, p =>
    {
        foreach (var branch in parallel.Branches)
            p.Branch(Add(wf, branch.Chain, Workflow.End), branch.TakenPercent is null ? null : branch.IsTaken);
        p.Join(parallel.Needed switch { -1 => Join.All, 0 => Join.Taken, 1 => Join.Any, _ => Join.AtLeast(parallel.Needed) });
        if (parallel.IsMerged) p.Merge(SimParallel.Merge);
    }, options);
}

/// <summary>What failed, told from the words of an error whatever it is wrapped in.</summary>
internal static class SimFault
{
    public const string Late = "late";
    public const string Limit = "limit";
    public const string TooFew = "too few";
    public const string Cancelled = "cancelled";

    public static string KeyOf(string message)
    {
        var at = message.IndexOf("<<", StringComparison.Ordinal);
        return at >= 0 ? message[(at + 2)..message.IndexOf(">>", at, StringComparison.Ordinal)]
            : message.Contains("took longer than", StringComparison.Ordinal) ? Late
            : message.Contains("its condition does not hold", StringComparison.Ordinal) ? Limit
            : message.Contains("were taken", StringComparison.Ordinal) ? TooFew
            : message.Contains("cancel", StringComparison.Ordinal) ? Cancelled
            : message;
    }
}
