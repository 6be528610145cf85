namespace AgentTeams.Workflows;

/// <summary>What one run may use up. A call begins only while all of it is left; what a call under way uses is counted when it ends.</summary>
/// <example>
/// <code>
/// new WorkflowRunOptions { Budget = new() { MaxModelCalls = 50, MaxTokens = 200_000, MaxCost = 0.50m, Prices = model => new(0.15m, 0.60m) } }
/// </code>
/// </example>
public sealed record RunBudget : IChecked
{
    /// <summary>The most calls of models.</summary>
    /// <value>At least 0, or null for no limit, the default.</value>
    public int? MaxModelCalls { get; init; }

    /// <summary>The most calls of tools.</summary>
    /// <value>At least 0, or null for no limit, the default.</value>
    public int? MaxToolCalls { get; init; }

    /// <summary>The most tokens, read and written.</summary>
    /// <value>At least 0, or null for no limit, the default.</value>
    public long? MaxTokens { get; init; }

    /// <summary>The most money, by <see cref="Prices"/>.</summary>
    /// <value>At least 0, or null for no limit, the default.</value>
    public decimal? MaxCost { get; init; }

    /// <summary>The longest time on the run's clock, that of a resumed run counted anew.</summary>
    /// <value>Positive, or null for no limit, the default.</value>
    public TimeSpan? MaxDuration { get; init; }

    /// <summary>The price of a model by the name that its response gives, empty where it gives none; needed with <see cref="MaxCost"/>.</summary>
    /// <value>Null by default.</value>
    public Func<string, TokenPrice>? Prices { get; init; }

    void IChecked.Check(OptionChecks checks) => checks
        .AtLeast(0, MaxModelCalls)
        .AtLeast(0, MaxToolCalls)
        .AtLeast(0, MaxTokens)
        .Require(MaxCost is null or >= 0, MaxCost, "0 or more")
        .Require(MaxDuration is null || MaxDuration > TimeSpan.Zero, MaxDuration, "a positive time, or none")
        .RequireThat(MaxCost is null || Prices is not null, "MaxCost is given without Prices; give the price of each model.");
}

/// <summary>What tokens of a model cost, per million, in a currency of your own.</summary>
/// <param name="Input">A million tokens that it reads.</param>
/// <param name="Output">A million tokens that it writes.</param>
public sealed record TokenPrice(decimal Input, decimal Output)
{
    /// <summary>What a call cost.</summary>
    public decimal CostOf(TokenUsage usage)
    {
        ArgumentNullException.ThrowIfNull(usage);
        return ((usage.InputTokens * Input) + (usage.OutputTokens * Output)) / 1_000_000m;
    }
}
