using System.Globalization;

namespace AgentTeams.Workflows;

/// <summary>Counts what a run uses up. Safe for concurrent use.</summary>
internal sealed class BudgetMeter(RunBudget budget)
{
    private readonly Lock _gate = new();
    private int _modelCalls;
    private int _toolCalls;
    private long _tokens;
    private decimal _cost;

    /// <summary>Counts a model call that begins.</summary>
    /// <exception cref="WorkflowBudgetException">Nothing is left for it.</exception>
    public void BeginModelCall()
    {
        lock (_gate)
        {
            if (_modelCalls >= budget.MaxModelCalls) throw Spent(nameof(RunBudget.MaxModelCalls), budget.MaxModelCalls, _modelCalls);
            if (_tokens >= budget.MaxTokens) throw Spent(nameof(RunBudget.MaxTokens), budget.MaxTokens, _tokens);
            if (_cost >= budget.MaxCost) throw Spent(nameof(RunBudget.MaxCost), budget.MaxCost, _cost);
            _modelCalls++;
        }
    }

    /// <summary>Counts a tool call that begins.</summary>
    /// <exception cref="WorkflowBudgetException">Nothing is left for it.</exception>
    public void BeginToolCall()
    {
        lock (_gate)
        {
            if (_toolCalls >= budget.MaxToolCalls) throw Spent(nameof(RunBudget.MaxToolCalls), budget.MaxToolCalls, _toolCalls);
            _toolCalls++;
        }
    }

    /// <summary>Counts what a recorded call used, now or before the run was resumed.</summary>
    public void Use(TokenUsage? usage, string? model)
    {
        if (usage is null) return;
        lock (_gate)
        {
            _tokens += usage.InputTokens + usage.OutputTokens;
            if (budget.Prices is { } prices) _cost += prices(model ?? "").CostOf(usage);
        }
    }

    /// <summary>Counts a call that was made without asking: before the run was resumed, or by a client in a loop of its own.</summary>
    /// <param name="node">The call.</param>
    /// <param name="model">The model that its reply named, or null.</param>
    public void Add(TrajectoryNode node, string? model = null)
    {
        lock (_gate)
        {
            if (node.Kind == NodeKind.Role) _modelCalls++;
            if (node.Kind == NodeKind.Tool) _toolCalls++;
        }

        Use(node.Usage, node.Policy?.Model ?? model);
    }

    public static WorkflowBudgetException Spent(string limit, object? allowed, object used) =>
        new(limit, string.Create(CultureInfo.InvariantCulture, $"{allowed}"), string.Create(CultureInfo.InvariantCulture, $"{used}"));
}
