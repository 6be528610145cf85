namespace AgentTeams.Rl;

/// <summary>How the learning rate moves over the updates of a stage.</summary>
public enum LearningRateSchedule
{
    /// <summary>It stays after the warm-up.</summary>
    Constant,

    /// <summary>It falls linearly to a tenth after the warm-up.</summary>
    Linear,

    /// <summary>It falls to a tenth along half a cosine after the warm-up (Loshchilov and Hutter 2017, equation 5).</summary>
    Cosine,
}

internal static class LearningRateScheduleExtensions
{
    /// <summary>The factor on the learning rate at a zero-based update.</summary>
    public static double Factor(this LearningRateSchedule schedule, int update, int updates, int warmup)
    {
        var rise = Math.Min(1.0, (update + 1.0) / Math.Max(1, warmup));
        var progress = Math.Clamp((double)(update - warmup) / Math.Max(1, updates - warmup), 0, 1);
        return schedule switch
        {
            LearningRateSchedule.Linear => rise * (1 - 0.9 * progress),
            LearningRateSchedule.Cosine => rise * (0.1 + 0.45 * (1 + Math.Cos(Math.PI * progress))),
            _ => rise,
        };
    }
}
