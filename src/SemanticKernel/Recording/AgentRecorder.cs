using System.Collections.Immutable;
using Microsoft.SemanticKernel;

namespace AgentTeams.SemanticKernel;

/// <summary>
/// Records one run of Semantic Kernel agents as a trajectory. Wrap each agent with
/// <see cref="SemanticKernelAgents.Recorded"/> before an agent group or orchestration is built from them, run it as ever, then ask
/// for <see cref="ToTrajectory"/>. Model calls are recorded turn by turn, with their tokens, where the kernel's chat client was
/// built with <see cref="KernelChatClients.UseTrajectoryRecording"/> (local models are); otherwise from the agent's messages.
/// </summary>
public sealed class AgentRecorder
{
    private readonly Lock _gate = new();
    private readonly List<TrajectoryNode> _nodes = [];
    private readonly InvocationHistory _history = new();
    private readonly Dictionary<string, int> _visits = new(StringComparer.Ordinal);
    private readonly TurnCounter<string> _turns = new();
    private int _steps;

    /// <summary>Creates a recorder of one run.</summary>
    /// <param name="workflow">A name for what the agents do together.</param>
    /// <param name="seed">The run's key, which addresses the trajectory and seeds every model call; null, the default, for seed 0.</param>
    /// <param name="timeProvider">The clock of the records; null, the default, for the system's.</param>
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
    /// <param name="group">The group of the trajectory, within which trajectories are compared; null, the default, for the task of the run's key.</param>
    public Trajectory ToTrajectory(string? outcome, TrajectoryStatus status = TrajectoryStatus.Completed, string? group = null)
    {
        ImmutableArray<TrajectoryNode> nodes;
        lock (_gate) nodes = [.. _nodes];
        return TrajectoryRecorder.Create(Workflow, Seed, nodes, group) with { Status = status, Outcome = outcome };
    }

    /// <summary>
    /// Runs the agents once and ends the recording with what became of it. A failure or a cancellation is recorded, as a rollout
    /// must, instead of thrown.
    /// </summary>
    /// <param name="run">Runs recorded agents and returns the run's result; its token is cancelled with the recorder's.</param>
    /// <param name="group">The group of the trajectory, within which trajectories are compared; null, the default, for the task of the run's key.</param>
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

    /// <summary>Records what a kernel does without an agent, such as a prompt function, as the work of a role.</summary>
    /// <param name="role">The role's name.</param>
    /// <param name="kernel">The kernel that is used.</param>
    /// <param name="invoke">Uses it.</param>
    /// <param name="cancellationToken">Cancels it.</param>
    public async Task<T> RecordAsync<T>(string role, Kernel kernel, Func<CancellationToken, Task<T>> invoke, CancellationToken cancellationToken = default)
    {
        ArgumentNullException.ThrowIfNull(kernel);
        ArgumentNullException.ThrowIfNull(invoke);
        using var stop = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken, CancellationToken);
        TrajectoryFilter.Ensure(kernel);
        var invocation = Begin(role, []);
        Exception? error = null;
        try
        {
            invocation.Enter();
            return await invoke(stop.Token).ConfigureAwait(false);
        }
        catch (Exception e)
        {
            error = e;
            throw;
        }
        finally
        {
            invocation.Complete(error);
        }
    }

    /// <summary>Calls a kernel function, filters and all, and records it as a tool call between two agents.</summary>
    /// <param name="kernel">The kernel.</param>
    /// <param name="function">The function; its name becomes the node's.</param>
    /// <param name="arguments">What it is given.</param>
    /// <param name="cancellationToken">Cancels it.</param>
    public async Task<FunctionResult> InvokeAsync(Kernel kernel, KernelFunction function, KernelArguments? arguments = null, CancellationToken cancellationToken = default)
    {
        ArgumentNullException.ThrowIfNull(kernel);
        ArgumentNullException.ThrowIfNull(function);
        using var stop = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken, CancellationToken);
        var invocation = Begin(function.Name, [], isTool: true);
        var node = invocation.BeginTool(function.Name, arguments ?? []);
        var began = TimeProvider.GetTimestamp();
        Exception? error = null;
        try
        {
            // What the function asks of models is no agent's.
            ModelCallScope.Leave();
            var result = await function.InvokeAsync(kernel, arguments, stop.Token).ConfigureAwait(false);
            node = ToolCalls.Describe(ToolResult.From(result.GetValue<object>()), node);
            return result;
        }
        catch (Exception e)
        {
            error = e;
            throw;
        }
        finally
        {
            invocation.EndTool(node with { Duration = TimeProvider.GetElapsedTime(began) });
            invocation.Complete(error);
        }
    }

    internal AgentInvocation Begin(string role, IReadOnlyList<string> heard, bool isTool = false)
    {
        lock (_gate)
        {
            var visit = _visits.GetValueOrDefault(role);
            _visits[role] = visit + 1;
            var parents = ModelCallScope.Enclosing is AgentInvocation outer && outer.Recorder == this
                ? outer.Latest
                : _history.ParentsOf(role, heard);
            return new(this, role, visit, _turns.Enter(role), _steps++, parents, heard) { IsTool = isTool };
        }
    }

    internal void Add(TrajectoryNode node)
    {
        lock (_gate) _nodes.Add(node);
    }

    /// <summary>Ends an invocation; a failure is noted at its last node.</summary>
    internal void End(AgentInvocation invocation, Exception? error)
    {
        lock (_gate)
        {
            _history.Add(invocation);
            if (error is null || invocation.Latest is not [.., var last]) return;
            var index = _nodes.FindIndex(n => n.Id == last);
            if (index >= 0 && _nodes[index].Error is null) _nodes[index] = _nodes[index] with { Error = NodeVisit.Describe(error) };
        }
    }
}
