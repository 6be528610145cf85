namespace AgentTeams.Runs;

/// <summary>How far a run is: what every display shows, computed from the same events.</summary>
/// <param name="time">The clock.</param>
internal sealed class RunProgress(TimeProvider time)
{
    private const double Smoothing = 0.1;
    private const string RolePart = "/reward";
    private const string KindStart = "rewards/";
    private const string KindEnd = "/mean";
    private readonly long _runStart = time.GetTimestamp();
    private readonly SortedDictionary<string, double> _roles = new(StringComparer.Ordinal);
    private readonly SortedDictionary<string, double> _kinds = new(StringComparer.Ordinal);
    private long _stageStart;
    private long _lastStep;
    private int _stepsTimed;

    public string Stage { get; private set; } = "starting";

    /// <summary>Steps done in this stage, those before a resumed run included.</summary>
    public int Step { get; private set; }

    /// <summary>Steps of this stage, or null.</summary>
    public int? Steps { get; private set; }

    /// <summary>The last step's reward of each role.</summary>
    public IReadOnlyDictionary<string, double> RoleRewards => _roles;

    /// <summary>The last step's rewards by the function that gave them.</summary>
    public IReadOnlyDictionary<string, double> Rewards => _kinds;

    /// <summary>The outcome reward, smoothed over steps; null before the first.</summary>
    public double? TrainingSuccess { get; private set; }

    /// <summary>The training and validation loss of a supervised step, where there is one.</summary>
    public (double? Training, double? Validation) Loss { get; private set; }

    /// <summary>Tokens sampled for each second of sampling.</summary>
    public double? RolloutSpeed { get; private set; }

    /// <summary>Tokens trained for each second of training.</summary>
    public double? TrainSpeed { get; private set; }

    /// <summary>Rollouts of this stage that failed, and updates that were refused.</summary>
    public (double Failed, double Refused) Troubles { get; private set; }

    public TeamEvaluation? LastEvaluation { get; private set; }

    public TimeSpan Elapsed => time.GetElapsedTime(_runStart);

    /// <summary>The stage's time left at its mean pace so far; null when that is unknown.</summary>
    public TimeSpan? Left => Steps is > 0 && _stepsTimed > 0 ? time.GetElapsedTime(_stageStart, _lastStep) / _stepsTimed * Math.Max(0, Steps.Value - Step) : null;

    public void Add(RunEvent e)
    {
        switch (e)
        {
            case StageStarted started:
                (Stage, Steps, Step, _stepsTimed) = (started.Stage, started.Steps, started.StepsDone, 0);
                (RolloutSpeed, TrainSpeed, Loss, Troubles, TrainingSuccess) = (null, null, default, default, null);
                _roles.Clear();
                _kinds.Clear();
                _stageStart = _lastStep = time.GetTimestamp();
                break;
            case StageStepped stepped:
                AddStep(stepped);
                break;
            case TeamEvaluated evaluated:
                LastEvaluation = evaluated.Evaluation;
                break;
        }
    }

    private void AddStep(StageStepped stepped)
    {
        var (metrics, now) = (stepped.Metrics, time.GetTimestamp());
        var seconds = time.GetElapsedTime(_lastStep, now).TotalSeconds;
        RolloutSpeed = PerSecond(metrics, "tokens/output", metrics.GetValueOrDefault("time/rollout_s")) ?? RolloutSpeed;
        TrainSpeed = PerSecond(metrics, "tokens/trained", metrics.TryGetValue("time/update_s", out var update) ? update : seconds) ?? TrainSpeed;
        (_lastStep, Step) = (now, stepped.Step + 1);
        _stepsTimed++;
        foreach (var (name, value) in metrics)
        {
            if (name.EndsWith(RolePart, StringComparison.Ordinal) && !name.StartsWith(KindStart, StringComparison.Ordinal)) _roles[name[..^RolePart.Length]] = value;
            if (name.StartsWith(KindStart, StringComparison.Ordinal) && name.EndsWith(KindEnd, StringComparison.Ordinal)) _kinds[name[KindStart.Length..^KindEnd.Length]] = value;
        }

        if (_kinds.TryGetValue("outcome", out var success)) TrainingSuccess = TrainingSuccess is { } smooth ? smooth + (Smoothing * (success - smooth)) : success;
        Loss = (metrics.TryGetValue("train_loss", out var loss) ? loss : null, metrics.TryGetValue("eval_loss", out var validation) ? validation : null);
        Troubles = (Troubles.Failed + metrics.GetValueOrDefault("rollouts/failed"), Troubles.Refused + metrics.GetValueOrDefault("updates/refused"));
    }

    private static double? PerSecond(IReadOnlyDictionary<string, double> metrics, string tokens, double seconds) =>
        seconds > 0 && metrics.TryGetValue(tokens, out var count) && count > 0 ? count / seconds : null;
}
