namespace AgentTeams.Rl;

/// <summary>How well a credit rule tells good messages from bad ones, where the truth is known, for example by enumeration on a small team.</summary>
public static class CreditFidelity
{
    /// <summary>Spearman's correlation between what a rule gave each invocation and what the invocation was worth. Ties have their mean rank.</summary>
    /// <param name="credited">What the rule gave: advantages, or returns of a rule that compares already.</param>
    /// <param name="worth">What an invocation was worth: how much better its run was expected to end with it than without.</param>
    /// <returns>-1 to 1; 0 where either side does not vary.</returns>
    public static double RankCorrelation(IReadOnlyList<InvocationReturn> credited, Func<InvocationReturn, double> worth)
    {
        ArgumentNullException.ThrowIfNull(credited);
        ArgumentNullException.ThrowIfNull(worth);
        return Ranks.Spearman([.. credited.Select(r => r.Return)], [.. credited.Select(worth)]);
    }
}
