namespace AgentTeams.Rl;

/// <summary>A confidence interval of a success probability.</summary>
/// <param name="Low">The lower end, 0 to 1.</param>
/// <param name="High">The upper end, 0 to 1.</param>
public readonly record struct WilsonInterval(double Low, double High)
{
    /// <summary>
    /// The score interval (Wilson 1927; Brown, Cai and DasGupta 2001):
    /// (p + z^2/2n -+ z sqrt(p(1-p)/n + z^2/4n^2)) / (1 + z^2/n). It stays within 0 and 1 and is sound for few trials.
    /// </summary>
    /// <param name="successes">How often it worked; 0 to <paramref name="trials"/>.</param>
    /// <param name="trials">How often it was tried; 0 gives the interval from 0 to 1.</param>
    /// <param name="z">The quantile of the normal distribution; positive. 1.96 by default, for 95 %.</param>
    /// <exception cref="AgentTeamsException">The counts do not fit, or z is not positive.</exception>
    public static WilsonInterval Of(int successes, int trials, double z = 1.96)
    {
        if (successes < 0 || successes > trials) throw new AgentTeamsException($"There are {successes} successes in {trials} trials. Give 0 to {trials}.");
        if (!(z > 0 && double.IsFinite(z))) throw new AgentTeamsException($"The quantile z is {z}. Give a positive number, for example 1.96.");
        if (trials == 0) return new(0, 1);
        var n = (double)trials;
        var p = successes / n;
        var centre = p + z * z / (2 * n);
        var margin = z * Math.Sqrt(p * (1 - p) / n + z * z / (4 * n * n));
        var scale = 1 + z * z / n;
        return new(Math.Max(0, (centre - margin) / scale), Math.Min(1, (centre + margin) / scale));
    }
}
