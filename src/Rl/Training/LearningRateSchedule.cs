namespace AgentTeams;

/// <summary>How the learning rate moves over the updates of a stage.</summary>
public enum LearningRateSchedule
{
    /// <summary>It stays after the warm-up.</summary>
    Constant,

    /// <summary>It falls linearly to a tenth after the warm-up.</summary>
    Linear,
}

internal static class LearningRateScheduleExtensions
{
    /// <summary>The factor on the learning rate at a zero-based update.</summary>
    public static double Factor(this LearningRateSchedule schedule, int update, int updates, int warmup)
    {
        var rise = Math.Min(1.0, (update + 1.0) / Math.Max(1, warmup));
        var progress = Math.Clamp((double)(update - warmup) / Math.Max(1, updates - warmup), 0, 1);
        return schedule == LearningRateSchedule.Linear ? rise * (1 - 0.9 * progress) : rise;
    }
}
