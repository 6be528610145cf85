using System.Collections.Immutable;

namespace AgentTeams.Collaboration;

/// <summary>
/// Who contributed to the answers of a team that answers in rounds: DyLAN's agent importance score (Liu et al. 2024, section 3.3), with agreement in place of ratings, so that it costs no call. The importance of the last
/// round is spread evenly over those whose answer the team's is; that of a member in a round is handed on, evenly, to those of the round before who had given the answer that it gives now, or to all of them where nobody had. A member's score is the
/// mean over the rounds; the scores of a run add up to 1.
/// </summary>
public static class TeamImportance
{
    /// <summary>The scores of one run of <see cref="TeamPatterns.Dynamic"/>, by member; 0 for who never answered.</summary>
    /// <param name="run">The conversation at its end.</param>
    /// <param name="members">The members.</param>
    /// <param name="normalise">Makes one text of answers that mean the same; <see cref="Votes.Normalise"/> unless given.</param>
    public static ImmutableSortedDictionary<string, double> Of(Conversation run, IEnumerable<string> members, Func<string, string>? normalise = null)
    {
        ArgumentNullException.ThrowIfNull(run);
        ArgumentNullException.ThrowIfNull(members);
        normalise ??= Votes.Normalise;
        var rounds = run.Messages.Where(m => m.Kind == MessageKinds.Proposal).GroupBy(m => m.Purpose, StringComparer.Ordinal).Select(g => g.ToImmutableArray()).ToList();
        Guard.Require(rounds.Count > 0, "The run holds no proposals, so nobody contributed to it. Give the final state of a team that answers in rounds.");
        var scores = members.ToImmutableSortedDictionary(m => m, _ => 0.0, StringComparer.Ordinal).ToBuilder();
        var current = Spread(rounds[^1], run.Answer);
        for (var round = rounds.Count - 1; ; round--)
        {
            foreach (var (member, share) in current) scores[member] = scores.GetValueOrDefault(member) + (share / rounds.Count);
            if (round == 0) return scores.ToImmutable();
            var before = rounds[round - 1];
            var handed = before.ToDictionary(m => m.From, _ => 0.0, StringComparer.Ordinal);
            foreach (var answer in rounds[round])
                foreach (var (member, share) in Spread(before, answer.Text)) handed[member] += share * current.GetValueOrDefault(answer.From);
            current = handed;
        }

        Dictionary<string, double> Spread(ImmutableArray<TeamMessage> answers, string said)
        {
            var form = normalise(said);
            var same = answers.Where(a => !a.IsWithheld && normalise(a.Text) == form).Select(a => a.From).ToHashSet(StringComparer.Ordinal);
            return answers.ToDictionary(a => a.From, a => same.Count == 0 ? 1.0 / answers.Length : same.Contains(a.From) ? 1.0 / same.Count : 0, StringComparer.Ordinal);
        }
    }

    /// <summary>The mean scores over several runs, by member, which again add up to 1: by these DyLAN chooses the team for tasks of their kind.</summary>
    /// <param name="runs">The conversations at their ends; at least one.</param>
    /// <param name="members">The members.</param>
    /// <param name="normalise">As in <see cref="Of"/>.</param>
    public static ImmutableSortedDictionary<string, double> OfAll(IEnumerable<Conversation> runs, IReadOnlyCollection<string> members, Func<string, string>? normalise = null)
    {
        ArgumentNullException.ThrowIfNull(runs);
        ArgumentNullException.ThrowIfNull(members);
        var all = runs.Select(r => Of(r, members, normalise)).ToList();
        Guard.Require(all.Count > 0, "There are no runs. Give at least one.");
        return all.SelectMany(s => s).GroupBy(s => s.Key, StringComparer.Ordinal).ToImmutableSortedDictionary(g => g.Key, g => g.Sum(s => s.Value) / all.Count, StringComparer.Ordinal);
    }
}
