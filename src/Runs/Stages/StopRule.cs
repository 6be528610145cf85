namespace AgentTeams.Runs;

/// <summary>When a reinforcement stage stops before its last step, and which weights it ends with.</summary>
public sealed record StopRule : IChecked
{
    /// <summary>Measures the team while it learns, on tasks that neither training nor the final evaluation sees.</summary>
    /// <value>Null by default: nothing is measured.</value>
    public ITeamEvaluator? Validation { get; init; }

    /// <summary>Steps from one validation to the next.</summary>
    /// <value>At least 1; 10 by default.</value>
    public int ValidateEvery { get; init; } = 10;

    /// <summary>Validations without a higher success after which it stops.</summary>
    /// <value>At least 1, or null, the default, for none.</value>
    public int? Patience { get; init; }

    /// <summary>A success rate of the validation at which it stops.</summary>
    /// <value>0 to 1, or null, the default.</value>
    public double? Target { get; init; }

    /// <summary>Whether it ends with the weights of the best validation instead of the last.</summary>
    /// <value>True by default, where there is a validation.</value>
    public bool ReturnToBest { get; init; } = true;

    /// <summary>The most tokens that are sampled.</summary>
    /// <value>At least 1, or null, the default, for no limit.</value>
    public long? MaxTokens { get; init; }

    /// <summary>The longest time, over all processes that work on it. A run that is stopped by time ends elsewhere each time.</summary>
    /// <value>Positive, or null, the default, for no limit.</value>
    public TimeSpan? MaxDuration { get; init; }

    void IChecked.Check(OptionChecks checks) => checks
        .AtLeast(1, ValidateEvery).AtLeast(1, Patience).Within(0, 1, Target).AtLeast(1, MaxTokens)
        .Require(MaxDuration is null || MaxDuration > TimeSpan.Zero, MaxDuration, "a positive time, or null")
        .RequireThat((Patience is null && Target is null) || Validation is not null, "Patience or Target is given without Validation; give an evaluator.");
}

/// <summary>Watches a stage by its rule.</summary>
internal sealed class StopWatcher
{
    private readonly StopRule? _rule;
    private readonly StageContext _context;
    private readonly long _began;
    private readonly double _secondsBefore;

    public StopWatcher(StopRule? rule, StageContext context, WatchNote? note)
    {
        (_rule, _context, _began) = (rule, context, context.TimeProvider.GetTimestamp());
        Note = note ?? new(null, 0, 0, 0, null);
        _secondsBefore = Note.Seconds;
    }

    public WatchNote Note { get; private set; }

    public bool IsOver => Reason is not null;

    public string? Reason => Note.Reason;

    private string BestDirectory => Path.Combine(_context.Directory, "best");

    /// <summary>Counts a step.</summary>
    /// <returns>The validation that followed it, or null.</returns>
    public async Task<TeamEvaluation?> AfterAsync(RlStep step, int steps, CancellationToken cancellationToken)
    {
        if (_rule is null) return null;
        var sampled = (long)step.Metrics.GetValueOrDefault("tokens/output");
        Note = Note with { Tokens = Note.Tokens + sampled, Seconds = _secondsBefore + _context.TimeProvider.GetElapsedTime(_began).TotalSeconds };
        var validated = _rule.Validation is not null && ((step.Step + 1) % _rule.ValidateEvery == 0 || step.Step == steps - 1) ? await ValidateAsync(step.Step, cancellationToken).ConfigureAwait(false) : null;
        Note = Note with { Reason = ReasonToStop(validated) };
        return validated;
    }

    public async Task ReturnToBestAsync()
    {
        if (_rule is not { Validation: not null, ReturnToBest: true } || Note.Best is null) return;
        foreach (var model in _context.Models.Models) await model.LoadAsync(Path.Combine(BestDirectory, model.Id), CancellationToken.None).ConfigureAwait(false);
    }

    private async Task<TeamEvaluation> ValidateAsync(int step, CancellationToken cancellationToken)
    {
        var validated = await _rule!.Validation!.With(_context.Rollouts).EvaluateAsync($"validation", _context.Key with { Stage = $"{_context.Key.Stage}/validation", Step = step }, cancellationToken).ConfigureAwait(false);
        if (Note.Best is { } best && validated.Success.Rate <= best)
        {
            Note = Note with { Misses = Note.Misses + 1 };
            return validated;
        }

        Note = Note with { Best = validated.Success.Rate, Misses = 0 };
        foreach (var model in _context.Models.Models)
        {
            var directory = Path.Combine(BestDirectory, model.Id);
            if (Directory.Exists(directory)) Directory.Delete(directory, recursive: true);
            await model.SaveAsync(directory, _context.Models.TrainablePolicies, CancellationToken.None).ConfigureAwait(false);
        }

        return validated;
    }

    private string? ReasonToStop(TeamEvaluation? validated)
    {
        if (validated is not null && Note.Misses >= _rule!.Patience) return $"{Note.Misses} validations without a higher success than {Note.Best:0.000}";
        if (validated is not null && validated.Success.Rate >= _rule!.Target) return $"the validation reached {validated.Success.Rate:0.000}";
        if (Note.Tokens >= _rule!.MaxTokens) return $"{Note.Tokens} tokens were sampled";
        return Note.Seconds >= _rule.MaxDuration?.TotalSeconds ? $"{Note.Seconds:0} seconds are over" : null;
    }

    /// <summary>What a resumed stage needs to go on watching.</summary>
    internal sealed record WatchNote(double? Best, int Misses, long Tokens, double Seconds, string? Reason);
}
