namespace AgentTeams.Samples.WordProblems;

/// <summary>How far a run is: what every display shows, computed from the same calls.</summary>
/// <param name="time">The clock.</param>
internal sealed class RunProgress(TimeProvider time)
{
    private const double Smoothing = 0.1;
    private const string OutcomeMetric = "rewards/outcome/mean";
    private readonly long _runStart = time.GetTimestamp();
    private readonly SortedDictionary<string, double> _rewards = new(StringComparer.Ordinal);
    private long _stageStart;
    private long _lastStep;
    private int _stepsTimed;

    public string Stage { get; private set; } = "starting";

    /// <summary>Steps done in this stage, those before a resumed run included.</summary>
    public int Step { get; private set; }

    /// <summary>Steps of this stage, or 0.</summary>
    public int Steps { get; private set; }

    /// <summary>The last step's reward of each role.</summary>
    public IReadOnlyDictionary<string, double> Rewards => _rewards;

    /// <summary>The outcome reward, smoothed over steps; null before the first.</summary>
    public double? TrainingSuccess { get; private set; }

    /// <summary>The training and validation loss of a supervised step, where there is one.</summary>
    public (double? Training, double? Validation) Loss { get; private set; }

    /// <summary>Tokens read and written by the last step, for each second it took; null before the first.</summary>
    public double? TokensPerSecond { get; private set; }

    public (string Name, MeasuredTeam Evaluation)? LastEvaluation { get; private set; }

    public TimeSpan Elapsed => time.GetElapsedTime(_runStart);

    /// <summary>The stage's time left at its mean pace so far; null when that is unknown.</summary>
    public TimeSpan? Left => Steps > 0 && _stepsTimed > 0
        ? time.GetElapsedTime(_stageStart, _lastStep) / _stepsTimed * Math.Max(0, Steps - Step)
        : null;

    public void StageStarted(string stage, int steps)
    {
        (Stage, Steps, Step, _stepsTimed) = (stage, steps, 0, 0);
        (TokensPerSecond, Loss) = (null, default);
        _rewards.Clear();
        _stageStart = _lastStep = time.GetTimestamp();
    }

    public void Progressed(int step, IReadOnlyDictionary<string, double> metrics)
    {
        var now = time.GetTimestamp();
        var seconds = time.GetElapsedTime(_lastStep, now).TotalSeconds;
        var tokens = metrics.GetValueOrDefault("tokens/input") + metrics.GetValueOrDefault("tokens/output") + metrics.GetValueOrDefault("tokens/trained");
        if (tokens > 0 && seconds > 0) TokensPerSecond = tokens / seconds;
        _lastStep = now;
        _stepsTimed++;
        Step = step + 1;
        foreach (var role in Prompts.Roles)
        {
            if (metrics.TryGetValue($"{role}/reward", out var reward)) _rewards[role] = reward;
        }

        if (metrics.TryGetValue(OutcomeMetric, out var success))
            TrainingSuccess = TrainingSuccess is { } smooth ? smooth + Smoothing * (success - smooth) : success;
        Loss = (ValueOf(metrics, SftMetrics.TrainLoss), ValueOf(metrics, SftMetrics.ValidationLoss));
    }

    public void Evaluated(string name, MeasuredTeam evaluation) => LastEvaluation = (name, evaluation);

    private static double? ValueOf(IReadOnlyDictionary<string, double> metrics, string name) =>
        metrics.TryGetValue(name, out var value) ? value : null;
}
