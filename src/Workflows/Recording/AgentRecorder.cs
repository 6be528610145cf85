using System.Collections.Immutable;
using System.Globalization;
using System.Security.Cryptography;
using System.Text;

namespace AgentTeams.Workflows;

/// <summary>
/// Records one run of agents of another framework as a trajectory: wrap each agent for this recorder before an orchestration or a
/// workflow is built from them, run it as ever, then ask for <see cref="ToTrajectory"/>. Order, ids and seeds follow from what built on
/// what, so concurrent runs are recorded alike; only where what an agent was given tells nothing, the order of events decides. One recorder is for one run.
/// </summary>
public sealed class AgentRecorder
{
    private readonly Lock _gate = new();
    private readonly List<AgentInvocation> _invocations = [];
    private readonly InvocationHistory _history = new();
    private readonly Dictionary<string, int> _lineages = new(StringComparer.Ordinal);
    private readonly Dictionary<string, List<(object Agent, AgentSeat Seat)>> _seats = new(StringComparer.Ordinal);
    private int _wrapped;

    /// <summary>Creates a recorder of one run.</summary>
    /// <param name="workflow">A name for what the agents do together.</param>
    /// <param name="seed">The run's key, which addresses the trajectory and seeds every model call; null for seed 0.</param>
    /// <param name="timeProvider">The clock of the records; null for the system's.</param>
    /// <param name="cancellationToken">
    /// Cancels every recorded agent, also inside an orchestration, whose own result cannot cancel them.
    /// </param>
    /// <exception cref="AgentTeamsException">The name is empty.</exception>
    public AgentRecorder(string workflow, SeedKey? seed = null, TimeProvider? timeProvider = null, CancellationToken cancellationToken = default)
    {
        if (string.IsNullOrWhiteSpace(workflow)) throw new AgentTeamsException("The workflow name of the recorder is empty. Give it a name.");
        Workflow = workflow;
        Seed = (seed ?? new(0)) with { Node = "", Visit = 0, Attempt = 0 };
        TimeProvider = timeProvider ?? TimeProvider.System;
        CancellationToken = cancellationToken;
    }

    /// <summary>The name of what is recorded.</summary>
    public string Workflow { get; }

    /// <summary>The run's key.</summary>
    public SeedKey Seed { get; }

    /// <summary>Cancels every recorded agent.</summary>
    public CancellationToken CancellationToken { get; }

    internal TimeProvider TimeProvider { get; }

    /// <summary>What was recorded so far; a run may go on and be asked again.</summary>
    /// <param name="outcome">The run's result as text, or null when it has none.</param>
    /// <param name="status">How the run ended.</param>
    /// <param name="group">Trajectories that are compared with each other share a group; null for the key's task.</param>
    public Trajectory ToTrajectory(string? outcome, TrajectoryStatus status = TrajectoryStatus.Completed, string? group = null)
    {
        ImmutableArray<TrajectoryNode> nodes;
        lock (_gate) nodes = RunOrder.Arrange(_invocations);
        return TrajectoryRecorder.Create(Workflow, Seed, nodes, group) with { Status = status, Outcome = outcome };
    }

    /// <summary>
    /// Runs the agents once and ends the recording with what became of it. A failure or a cancellation is recorded, as a rollout
    /// must, instead of thrown.
    /// </summary>
    /// <param name="run">Runs recorded agents and returns the run's result; its token is cancelled with the recorder's.</param>
    /// <param name="group">Trajectories that are compared with each other share a group; null for the key's task.</param>
    public async Task<Trajectory> RecordRunAsync(Func<CancellationToken, Task<string?>> run, string? group = null)
    {
        ArgumentNullException.ThrowIfNull(run);
        try
        {
            return ToTrajectory(await run(CancellationToken).ConfigureAwait(false), TrajectoryStatus.Completed, group);
        }
        catch (Exception) when (CancellationToken.IsCancellationRequested)
        {
            return ToTrajectory(null, TrajectoryStatus.Cancelled, group);
        }
        catch (Exception e)
        {
            return ToTrajectory(null, TrajectoryStatus.Failed, group) with { Error = NodeError.Of(e) };
        }
    }

    /// <summary>The seat of an agent: agents that share a name are told apart by the order in which they were first wrapped.</summary>
    /// <param name="role">The agent's name.</param>
    /// <param name="agent">The agent.</param>
    /// <param name="isWrapped">Whether the agent is wrapped before the run; otherwise its seat is taken when it is first used, and has no place among the wrapped.</param>
    internal AgentSeat SeatOf(string role, object agent, bool isWrapped = true)
    {
        lock (_gate)
        {
            if (!_seats.TryGetValue(role, out var seats)) _seats[role] = seats = [];
            var number = seats.FindIndex(s => ReferenceEquals(s.Agent, agent));
            if (number >= 0) return seats[number].Seat;
            var seat = new AgentSeat(role, seats.Count, isWrapped ? _wrapped++ : int.MaxValue);
            seats.Add((agent, seat));
            return seat;
        }
    }

    internal AgentInvocation Begin(AgentSeat seat, IReadOnlyList<SpokenMessage> heard, bool isTool = false, string input = "")
    {
        lock (_gate)
        {
            var outer = ModelCallScope.Enclosing is AgentInvocation enclosing && enclosing.Recorder == this ? enclosing : null;
            var history = outer?.Inner ?? _history;
            var parents = history.ParentsOf(seat.Role, heard, outer?.Asking ?? []);
            var (lineage, twins) = LineageOf(seat, [.. heard.Select(h => h.Words), input], parents, outer);
            var invocation = new AgentInvocation(this, seat, lineage, parents, heard) { History = history, IsTool = isTool, Outer = (outer, outer?.Calls ?? 0), Twins = twins };
            _invocations.Add(invocation);
            return invocation;
        }
    }

    internal void End(AgentInvocation invocation)
    {
        lock (_gate) invocation.History.Add(invocation);
    }

    private (string Lineage, int Twins) LineageOf(AgentSeat seat, IReadOnlyList<string> heard, ImmutableArray<PendingNode> parents, AgentInvocation? outer)
    {
        var text = new StringBuilder();
        Add(seat.Role);
        Add(seat.Number.ToString(CultureInfo.InvariantCulture));
        Add(outer is null ? "" : string.Create(CultureInfo.InvariantCulture, $"{outer.Lineage}/{outer.Calls}"));
        foreach (var parent in parents.Select(AddressOf).Order(StringComparer.Ordinal)) Add(parent);
        foreach (var words in heard) Add(words);
        var lineage = Convert.ToHexStringLower(SHA256.HashData(Encoding.UTF8.GetBytes(text.ToString())).AsSpan(0, 8));

        // Those whom nothing tells apart may be exchanged.
        var twins = _lineages.GetValueOrDefault(lineage);
        _lineages[lineage] = twins + 1;
        return (twins == 0 ? lineage : string.Create(CultureInfo.InvariantCulture, $"{lineage}-{twins}"), twins);

        void Add(string part) => text.Append(CultureInfo.InvariantCulture, $"{part.Length}:{part}");
    }

    private static string AddressOf(PendingNode node) =>
        string.Create(CultureInfo.InvariantCulture, $"{node.Owner.Lineage}/{node.Content.Kind}/{node.InnerId}/{node.Owner.Calls}");
}
