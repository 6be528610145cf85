namespace AgentTeams.Collaboration;

/// <summary>What every protocol and pattern can be told. Every value has a default.</summary>
public abstract record TeamOptions : IChecked
{
    private protected TeamOptions() { }

    /// <summary>Timeouts, retries and the number of answers of every member's node.</summary>
    public NodeDefaults Nodes { get; init; } = new();

    /// <summary>
    /// The newest messages that a member sees, of those that it may see. A limit keeps prompts short, but a prompt whose oldest message is gone begins
    /// differently than the one before, which a prefix cache does not hold.
    /// </summary>
    /// <value>At least 1, or null for all, the default.</value>
    public int? MaxSeenMessages { get; init; }

    /// <summary>What the team does, for people and for models that call it as a tool or meet it as a member.</summary>
    /// <value>Null for its name, the default.</value>
    public string? Description { get; init; }

    /// <summary>What messages must pass before others see them.</summary>
    /// <value>Null, the default: every message is delivered.</value>
    public Governance? Governance { get; init; }

    void IChecked.Check(OptionChecks checks)
    {
        checks.Part(Nodes).Part(Governance).AtLeast(1, MaxSeenMessages);
        CheckOwn(checks);
    }

    private protected abstract void CheckOwn(OptionChecks checks);
}

/// <summary>What a team that works in rounds can be told.</summary>
public abstract record RoundOptions : TeamOptions
{
    private protected RoundOptions() { }

    /// <summary>Ends the work after the round in which it holds: a pure function of the conversation.</summary>
    /// <value>Null for the rule that the protocol or pattern names, the default.</value>
    public Func<Conversation, bool>? Until { get; init; }

    /// <summary>What happens when the rounds are used up and the stop rule does not hold: the team answers with what it has, or its run fails.</summary>
    /// <value>It answers, by default; <see cref="Conversation.IsSettled"/> tells that a limit ended it.</value>
    public LoopLimit OnLimit { get; init; } = LoopLimit.GoOn;

    /// <summary>The answer, from the conversation at its end: a pure function.</summary>
    /// <value>Null for what the protocol or pattern names, the default.</value>
    public Func<Conversation, string>? Answer { get; init; }
}
