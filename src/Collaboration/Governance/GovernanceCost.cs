namespace AgentTeams.Collaboration;

/// <summary>What governance cost in a run, counted from its record.</summary>
public sealed record GovernanceCost
{
    /// <summary>What members said the first time: what the team would have cost without.</summary>
    public CallCount Members { get; init; } = new(0, 0);

    /// <summary>What members were asked again after a refusal.</summary>
    public CallCount Repairs { get; init; } = new(0, 0);

    /// <summary>What verifiers that are roles were asked.</summary>
    public CallCount Checks { get; init; } = new(0, 0);

    /// <summary>The checks by functions, which ask no model.</summary>
    public int FunctionChecks { get; init; }

    /// <summary>Counts a recorded run; what a fork inherited is its parent's.</summary>
    public static GovernanceCost Of(Trajectory trajectory)
    {
        ArgumentNullException.ThrowIfNull(trajectory);
        var nodes = trajectory.Nodes.Where(n => !n.Inherited).ToList();
        var asked = nodes.Where(n => n.Kind == NodeKind.Role).ToLookup(KindOf);
        return new()
        {
            Members = CallCount.Of(asked[Part.Member]), Repairs = CallCount.Of(asked[Part.Repair]), Checks = CallCount.Of(asked[Part.Check]),
            FunctionChecks = nodes.Count(n => n.Kind == NodeKind.Function && KindOf(n) == Part.Check),
        };
    }

    // Ids tell the way to a node: of an attempt the last parts are speak or check, with '#' and a number from the second attempt on.
    private static Part KindOf(TrajectoryNode node)
    {
        foreach (var part in node.Id.Split('/').Skip(1))
        {
            var name = part.Split('#');
            if (name[0] == Governance.CheckNode || name[0].StartsWith(Governance.CheckNode + " ", StringComparison.Ordinal)) return Part.Check;
            if (name[0] == Governance.SpeakNode) return name.Length > 1 ? Part.Repair : Part.Member;
        }

        return Part.Member;
    }

    private enum Part
    {
        Member,
        Repair,
        Check,
    }
}

/// <summary>Calls of models and their tokens.</summary>
/// <param name="Calls">How many.</param>
/// <param name="Tokens">Tokens in and out, as far as models tell them.</param>
public sealed record CallCount(int Calls, long Tokens)
{
    internal static CallCount Of(IEnumerable<TrajectoryNode> nodes)
    {
        var all = nodes.ToList();
        return new(all.Count, all.Sum(n => (long)(n.Usage?.InputTokens ?? 0) + (n.Usage?.OutputTokens ?? 0)));
    }
}
