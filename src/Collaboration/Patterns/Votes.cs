using System.Collections.Immutable;

namespace AgentTeams.Collaboration;

/// <summary>How votes are counted.</summary>
public sealed record VoteOptions
{
    /// <summary>Makes one text of answers that mean the same: a pure function.</summary>
    public Func<string, string> Normalise { get; init; } = Votes.Normalise;

    /// <summary>What decides between equals.</summary>
    /// <value>The earliest, by default.</value>
    public TieRule Tie { get; init; } = TieRule.Earliest;
}

/// <summary>What decides between answers that come to the same.</summary>
public enum TieRule
{
    /// <summary>The one that the member declared first gave.</summary>
    Earliest,

    /// <summary>The one that comes first as text, by ordinal comparison, so that the order of members does not matter.</summary>
    Ordinal,

    /// <summary>Nothing does: the node fails.</summary>
    Fail,
}

/// <summary>Voting rules, each a pure function.</summary>
public static class Votes
{
    // Sums of weights that differ by rounding alone are equal.
    private const double Tolerance = 1e-9;

    /// <summary>
    /// The form in which answers are compared: without white space around it and with single spaces in it, without quotes around it or full stops behind it, and in lower
    /// case by the invariant culture.
    /// </summary>
    public static string Normalise(string answer)
    {
        ArgumentNullException.ThrowIfNull(answer);
        var words = string.Join(' ', answer.Split((char[]?)null, StringSplitOptions.RemoveEmptyEntries));
        return words.TrimEnd('.').Trim('"', '\'').TrimEnd('.').Trim().ToLowerInvariant();
    }

    /// <summary>The index of the ballot whose answer has the greatest sum of weights (plurality; with weights, weighted majority voting).</summary>
    /// <param name="ballots">The answers, one for each voter.</param>
    /// <param name="weights">What each counts: finite and at least 0.</param>
    /// <param name="options">How answers are compared and ties decided.</param>
    /// <exception cref="AgentTeamsException">There is no ballot, or a tie that the rule does not decide.</exception>
    public static int Plurality(IReadOnlyList<string> ballots, IReadOnlyList<double> weights, VoteOptions? options = null)
    {
        ArgumentNullException.ThrowIfNull(ballots);
        ArgumentNullException.ThrowIfNull(weights);
        options ??= new();
        Guard.Require(ballots.Count > 0 && ballots.Count == weights.Count, $"There are {ballots.Count} ballots and {weights.Count} weights. Give at least one ballot and a weight for each.");
        var answers = ballots.Select((ballot, i) => (Form: options.Normalise(ballot), Index: i)).GroupBy(b => b.Form, StringComparer.Ordinal)
            .Select(g => (g.First().Index, Score: g.Sum(b => weights[b.Index]))).ToList();
        return Winner(answers, ballots, options.Tie);
    }

    /// <summary>The index of the candidate with the most points: n - 1 for a first place among n, one less for each place behind it (Borda 1781).</summary>
    /// <param name="rankings">Each an order of all candidates, the best first, by their indices from 0.</param>
    /// <param name="candidates">The candidates.</param>
    /// <param name="tie">What decides between equals.</param>
    /// <exception cref="AgentTeamsException">A ranking is no order of all candidates, or there is a tie that the rule does not decide.</exception>
    public static int Borda(IReadOnlyList<ImmutableArray<int>> rankings, IReadOnlyList<string> candidates, TieRule tie = TieRule.Earliest)
    {
        ArgumentNullException.ThrowIfNull(rankings);
        ArgumentNullException.ThrowIfNull(candidates);
        var points = new double[candidates.Count];
        foreach (var ranking in rankings)
        {
            Guard.Require(ranking.Order().SequenceEqual(Enumerable.Range(0, points.Length)), $"The ranking {string.Join(", ", ranking)} does not name each of {points.Length} candidates once. Rank them all.");
            for (var place = 0; place < ranking.Length; place++) points[ranking[place]] += points.Length - 1 - place;
        }

        return Winner([.. points.Select((p, i) => (i, p))], candidates, tie);
    }

    private static int Winner(List<(int Index, double Score)> scored, IReadOnlyList<string> texts, TieRule tie)
    {
        Guard.Require(scored.Count > 0, "Nothing was proposed. Vote on at least one answer.");
        var best = scored.Max(s => s.Score);
        var first = scored.Where(s => s.Score >= best - (Tolerance * Math.Max(1, Math.Abs(best)))).Select(s => s.Index).ToList();
        if (first.Count == 1 || tie == TieRule.Earliest) return first.Min();
        if (tie == TieRule.Ordinal) return first.OrderBy(i => texts[i], StringComparer.Ordinal).First();
        throw new AgentTeamsException($"The vote is a tie of {string.Join(" and ", first.Select(i => $"'{texts[i]}'"))}. Set VoteOptions.Tie, or ask an odd number of members.");
    }
}
