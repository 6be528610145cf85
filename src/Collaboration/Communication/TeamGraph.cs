using System.Collections.Immutable;

namespace AgentTeams.Collaboration;

/// <summary>Puts members, rounds and the answer into a graph: what protocols and patterns have in common.</summary>
internal sealed class TeamGraph
{
    private readonly string _name;
    private readonly TeamOptions _options;

    /// <param name="name">The team's name.</param>
    /// <param name="members">Who takes part, each with a name of its own.</param>
    /// <param name="options">What the team was told.</param>
    /// <param name="least">The fewest members.</param>
    public TeamGraph(string name, IReadOnlyList<TeamMember> members, TeamOptions options, int least = 1)
    {
        ArgumentNullException.ThrowIfNull(members);
        OptionChecks.Validate(options);
        Guard.Require(members.Count >= least, $"The team '{name}' has {members.Count} member(s). Give at least {least}.");
        Guard.Require(members.All(m => m is not null), $"A member of the team '{name}' is null. Give roles and workflows.");
        var twice = members.GroupBy(m => m.Name, StringComparer.Ordinal).FirstOrDefault(g => g.Count() > 1)?.Key;
        Guard.Require(twice is null, $"Two members of the team '{name}' are named '{twice}'. Give each a name of its own.");
        (_name, _options, Members) = (name, options, [.. members]);
        Builder = Workflow.CreateBuilder<Conversation>(name, options.Nodes);
    }

    public ImmutableArray<TeamMember> Members { get; }

    public WorkflowBuilder<Conversation> Builder { get; }

    public IEnumerable<string> Names => Members.Select(m => m.Name);

    /// <summary>What a member may see.</summary>
    public ConversationView View(Conversation state, TeamMember member) => state.For(member.Name) with { Others = [.. Members.Where(m => m.Name != member.Name)] };

    /// <summary>A node in which a member answers, and its answer becomes a message.</summary>
    /// <param name="member">The member.</param>
    /// <param name="turn">What it is asked, and what its answer is.</param>
    public NodeHandle Ask(TeamMember member, MemberTurn turn)
    {
        var node = turn.Node ?? member.Name;
        if (_options.Governance is not { } governance || !governance.Covers(turn.Kind))
            return member.AddTo(Builder, node, s => turn.Prompt(Seen(s)), (s, text, certainty) => Deliver(s, Message(s, text, certainty)), turn.Form, turn.MayAct);
        return governance.AddTo(Builder, member, node, s => new(Seen(s), turn.Kind, turn.Prompt), (s, done) => governance.Deliver(s, Message(s, done.Text, done.Certainty), done, Deliver), _options.Nodes, turn.Form, turn.MayAct);

        ConversationView Seen(Conversation s) => Limited(turn.See(View(s, member)));
        TeamMessage Message(Conversation s, string text, double? certainty) =>
            turn.Say(new() { From = member.Name, Kind = turn.Kind, Purpose = turn.PurposeOf(s), Text = text, Certainty = turn.TellsCertainty ? certainty : null });
        Conversation Deliver(Conversation s, TeamMessage message) => turn.Hear(turn.Turn is { } round ? s.Say(message, round(s)) : s.Say(message), message);
    }

    /// <summary>Members answer side by side, each without what the others say in this node.</summary>
    /// <param name="node">The node's name.</param>
    /// <param name="members">The members.</param>
    /// <param name="turn">What each is asked; its node has the name of this one and the member's.</param>
    /// <param name="when">Whether a member is asked, from what it sees; null for always.</param>
    public NodeHandle AskAll(string node, IEnumerable<TeamMember> members, MemberTurn turn, Func<ConversationView, bool>? when = null) => Builder.AddParallel(node, p =>
    {
        foreach (var member in members)
            p.Branch(Ask(member, turn with { Node = $"{node} {member.Name}" }), when is null ? null : s => when(turn.See(View(s, member))));
    });

    // The newest of what the pattern lets it see, and not the other way round: a pattern reads its own state from the messages.
    private ConversationView Limited(ConversationView view) => _options.MaxSeenMessages is { } most && view.Messages.Length > most ? view with { Messages = view.Messages[^most..] } : view;

    /// <summary>Nodes one after another; the first of them.</summary>
    public NodeHandle Chain(params IReadOnlyList<NodeHandle> nodes)
    {
        var chain = Builder.From(nodes[0]);
        foreach (var node in nodes.Skip(1)) chain.Then(node);
        return nodes[0];
    }

    /// <summary>Goes on from a node to that of the member whom <see cref="Conversation.Next"/> names, and ends there; without one, the round ends at once.</summary>
    public void ToNext(NodeHandle from, IEnumerable<TeamMember> members, Func<TeamMember, NodeHandle> node)
    {
        var targets = members.Select(m => (m.Name, Node: node(m))).ToList();
        Builder.Branch(from, b =>
        {
            foreach (var (name, target) in targets) b.When(s => s.Next == name, target);
            b.Otherwise(Workflow.End, "nobody");
        });
        foreach (var (_, target) in targets) Builder.From(target);
    }

    /// <summary>Rounds that begin at a node, until the stop rule holds or they are used up.</summary>
    public NodeHandle Rounds(string node, NodeHandle start, int most, LoopLimit onLimit, Func<Conversation, bool> until) =>
        Builder.AddLoop(node, start, until, new() { MaxRounds = most, OnLimit = onLimit });

    /// <summary>The node that settles what the team answers.</summary>
    public NodeHandle Answer(Func<Conversation, string> answer, Func<Conversation, bool> isSettled) =>
        Builder.AddFunction("answer", s => s with { Answer = answer(s), IsSettled = isSettled(s), Next = null });

    /// <summary>The nodes one after another as a workflow from a task to an answer.</summary>
    public BoundWorkflow<Conversation, string, string> Build(params IReadOnlyList<NodeHandle> nodes)
    {
        var chain = Builder.Start(nodes[0]);
        foreach (var node in nodes.Skip(1)) chain.Then(node);
        return Bind();
    }

    /// <summary>What was built so far as a workflow from a task to an answer.</summary>
    /// <exception cref="AgentTeamsException">A member has the name of a step that the protocol takes itself.</exception>
    public BoundWorkflow<Conversation, string, string> Bind()
    {
        try
        {
            return Builder.Build().Bind((string task) => new Conversation(task), s => s.Answer, new() { Name = _name, Description = _options.Description });
        }
        catch (WorkflowDefinitionException e) when (Names.FirstOrDefault(m => e.Problems.Any(p => p.IsSharedName && p.Path == $"{_name}/{m}")) is { } member)
        {
            throw new AgentTeamsException($"The member '{member}' of the team '{_name}' cannot be told from a step of the protocol itself. Give the role or workflow another name.", e);
        }
    }
}

/// <summary>What a member is asked, and what becomes of its answer.</summary>
/// <param name="Prompt">What it is asked, from what it sees.</param>
/// <param name="Kind">The kind of the message that its answer is.</param>
internal sealed record MemberTurn(Func<ConversationView, Prompt> Prompt, string Kind = MessageKinds.Say)
{
    /// <summary>The node's name; null for the member's.</summary>
    public string? Node { get; init; }

    /// <summary>The purpose of the message.</summary>
    public string Purpose { get; init; } = "";

    /// <summary>The purpose of the message, where the state decides it; null for <see cref="Purpose"/>.</summary>
    public Func<Conversation, string>? DecidePurpose { get; init; }

    /// <summary>Whether the message tells how certain the member's model was.</summary>
    public bool TellsCertainty { get; init; }

    /// <summary>The form of the answer; null for any text.</summary>
    public ReplyForm? Form { get; init; }

    /// <summary>Whether the member may use its tools.</summary>
    public bool MayAct { get; init; } = true;

    /// <summary>Narrows what the member sees.</summary>
    public Func<ConversationView, ConversationView> See { get; init; } = view => view;

    /// <summary>Makes the message of an answer, which stands in its text.</summary>
    public Func<TeamMessage, TeamMessage> Say { get; init; } = message => message;

    /// <summary>The turn in which the message is said, where <see cref="Conversation.Say(TeamMessage)"/> cannot tell.</summary>
    public Func<Conversation, int>? Turn { get; init; }

    /// <summary>What else the message changes in the state that holds it.</summary>
    public Func<Conversation, TeamMessage, Conversation> Hear { get; init; } = (state, _) => state;

    /// <summary>The purpose of the message.</summary>
    public string PurposeOf(Conversation state) => DecidePurpose?.Invoke(state) ?? Purpose;
}
