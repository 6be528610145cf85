using System.Collections.Immutable;
using System.Globalization;

namespace AgentTeams.Collaboration;

/// <summary>
/// Which statements were made from which, read from the record of a run alone: where does a claim come from, and what did it reach. A claim is a sentence, compared
/// without case, white space and punctuation at its ends; it was passed on where it stands, word for word, in what another one read (after the lineage graphs of
/// "From Spark to Fire", where a model finds the claims). What was put in other words is followed by what the speaker read, but not recognised.
/// </summary>
/// <example>
/// <code>
/// var lineage = LineageGraph.Of(run.Trajectory);
/// ClaimTrace claim = lineage.Trace("The bridge is 40 m long.");
/// Console.WriteLine($"{claim.Origin?.Speaker} said it first; it reached {claim.Reached.Length} statements");
/// </code>
/// </example>
public sealed class LineageGraph
{
    private readonly ImmutableArray<Said> _said;
    private readonly ImmutableHashSet<string> _outcome;

    private LineageGraph(ImmutableArray<Said> said, IEnumerable<string> outcome)
    {
        (_said, _outcome) = (said, [.. outcome.SelectMany(Claims.Of)]);
        Statements = [.. said.Select(s => s.Statement)];
        Edges = [.. said.SelectMany(s => s.From.Select(f => new LineageEdge(said[f].Statement.Id, s.Statement.Id)))];
    }

    /// <summary>What roles, tools and functions said, in the order of the record.</summary>
    public ImmutableArray<Statement> Statements { get; }

    /// <summary>Which statement was made from which.</summary>
    public ImmutableArray<LineageEdge> Edges { get; }

    /// <summary>The lineage of a recorded run: what a call read is its prompt, exactly.</summary>
    public static LineageGraph Of(Trajectory trajectory)
    {
        ArgumentNullException.ThrowIfNull(trajectory);
        var (said, refused) = (new List<Said>(), new RefusedNodes(trajectory));
        foreach (var node in trajectory.Nodes)
        {
            var speaker = node.ToolName ?? node.Role ?? node.Name;
            var text = node.Kind == NodeKind.Role ? node.Text : node.Result is { } result ? Claims.Plain(result) : "";
            if (text.Length == 0) continue;
            var read = node.Input.IsEmpty && node.Arguments is { } arguments ? Claims.Plain(arguments) : string.Join('\n', node.Input.SelectMany(m => m.Contents).Select(Claims.Plain));
            var statement = new Statement(node.Id, speaker, node.Turn, text) { IsRefused = node.Error is not null || refused.Contains(node) };
            said.Add(Said.After(said, statement, read, s => node.Parents.Contains(s.Statement.Id) && node.Kind == NodeKind.Role && trajectory.Nodes.Any(n => n.Id == s.Statement.Id && n.Kind == NodeKind.Tool)));
        }

        return new([.. said], trajectory.Outcome is { } outcome ? [outcome] : []);
    }

    /// <summary>The lineage of what a team said: a message may have been made from whatever its sender was shown before it.</summary>
    public static LineageGraph Of(Conversation conversation)
    {
        ArgumentNullException.ThrowIfNull(conversation);
        var said = new List<Said>();
        foreach (var message in conversation.Messages)
        {
            var read = string.Join('\n', conversation.Messages.Take(said.Count).Where(m => m.IsVisibleTo(message.From)).Select(m => m.Text).Prepend(conversation.Task));
            var statement = new Statement(string.Create(CultureInfo.InvariantCulture, $"{message.From}#{said.Count}"), message.From, message.Turn, message.Text) { IsRefused = message.IsWithheld };
            said.Add(Said.After(said, statement, read, s => conversation.Messages[said.IndexOf(s)].IsVisibleTo(message.From)));
        }

        return new([.. said], [conversation.Answer]);
    }

    /// <summary>Where a claim comes from, who repeated it, and what it reached.</summary>
    /// <param name="claim">The claim: of several sentences, all must stand in a statement.</param>
    public ClaimTrace Trace(string claim)
    {
        ArgumentNullException.ThrowIfNull(claim);
        var claims = Claims.Of(claim);
        Guard.Require(claims.Count > 0, $"'{claim}' holds no claim: no word. Give a sentence.");
        var holders = Enumerable.Range(0, _said.Length).Where(i => claims.All(_said[i].Claims.Contains)).ToList();
        var reached = new SortedSet<int>();
        for (var i = 0; i < _said.Length; i++)
        {
            if (!holders.Contains(i) && _said[i].From.Any(f => reached.Contains(f) || holders.Contains(f))) reached.Add(i);
        }

        var origin = holders.Count == 0 ? null : _said[holders[0]].Statement;
        var wasGiven = holders.Count > 0 && claims.All(c => Claims.Normalise(_said[holders[0]].Read).Contains(c, StringComparison.Ordinal));
        var speakers = Statements.Select(s => s.Speaker).Distinct(StringComparer.Ordinal).Count();
        var carriers = holders.Select(h => _said[h].Statement.Speaker).Distinct(StringComparer.Ordinal).Count();
        return new(claim, origin, [.. holders.Select(h => _said[h].Statement)], [.. reached.Select(r => _said[r].Statement)])
        {
            WasGiven = wasGiven,
            IsInOutcome = claims.All(_outcome.Contains),
            Spread = speakers == 0 ? 0 : (double)carriers / speakers,
        };
    }

    /// <summary>What a statement was made from, directly or by way of others, in the order of the record.</summary>
    /// <exception cref="AgentTeamsException">There is no such statement.</exception>
    public ImmutableArray<Statement> SourcesOf(string statementId)
    {
        ArgumentNullException.ThrowIfNull(statementId);
        var at = Statements.ToList().FindIndex(s => s.Id == statementId);
        Guard.Require(at >= 0, $"There is no statement '{statementId}'. The statements are: {string.Join(", ", Statements.Take(50).Select(s => s.Id))}.");
        var sources = new SortedSet<int>(_said[at].From);
        for (var i = at - 1; i >= 0; i--)
        {
            if (sources.Contains(i)) sources.UnionWith(_said[i].From);
        }

        return [.. sources.Select(s => Statements[s])];
    }

    /// <summary>A statement with its claims, what its speaker read, and the places of those that it was made from.</summary>
    private sealed record Said(Statement Statement, ImmutableHashSet<string> Claims, string Read, ImmutableArray<int> From)
    {
        public static Said After(List<Said> before, Statement statement, string read, Func<Said, bool> isParent)
        {
            var normal = Collaboration.Claims.Normalise(read);
            ImmutableArray<int> from = [.. Enumerable.Range(0, before.Count).Where(i => !before[i].Statement.IsRefused || before[i].Statement.Speaker == statement.Speaker)
                .Where(i => isParent(before[i]) || before[i].Claims.Any(c => normal.Contains(c, StringComparison.Ordinal)))];
            return new(statement, [.. Collaboration.Claims.Of(statement.Text)], read, from);
        }
    }
}

/// <summary>Something that a role, a tool or a function said.</summary>
/// <param name="Id">The id of its record; in a conversation the sender and the message's number.</param>
/// <param name="Speaker">The role's, tool's or function's name.</param>
/// <param name="Turn">The round in which it was said.</param>
/// <param name="Text">What it says.</param>
public sealed record Statement(string Id, string Speaker, int Turn, string Text)
{
    /// <summary>Whether it was refused or withheld, so that others did not read it; false by default.</summary>
    public bool IsRefused { get; init; }
}

/// <summary>One statement was made from another.</summary>
/// <param name="From">The id of the earlier one.</param>
/// <param name="To">The id of the one that was made from it.</param>
public sealed record LineageEdge(string From, string To);

/// <summary>The way of a claim through a run.</summary>
/// <param name="Claim">The claim.</param>
/// <param name="Origin">Who stated it first; null where nobody did.</param>
/// <param name="Holders">The statements that hold it, the origin first.</param>
/// <param name="Reached">The statements that do not hold it and were made from some that do, directly or by way of others.</param>
public sealed record ClaimTrace(string Claim, Statement? Origin, ImmutableArray<Statement> Holders, ImmutableArray<Statement> Reached)
{
    /// <summary>Whether the origin had read it: it comes from the task, from instructions or from memory, and not from the origin itself.</summary>
    public bool WasGiven { get; init; }

    /// <summary>Whether the run's outcome holds it.</summary>
    public bool IsInOutcome { get; init; }

    /// <summary>The share of all speakers who stated it, from 0 to 1.</summary>
    public double Spread { get; init; }
}
