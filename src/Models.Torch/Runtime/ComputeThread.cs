using System.Collections.Concurrent;
using System.Runtime.CompilerServices;

namespace AgentTeams.Models.Torch;

/// <summary>
/// The one thread on which libtorch computes on the CPU, for all models of the process. OpenMP gives helpers to each thread that
/// computes, and once there are more of all of them than cores, helpers sleep between operations: to wake them takes longer than most
/// operations of a decoding step. For a GPU the caller's thread is as good.
/// </summary>
internal sealed class ComputeThread : TaskScheduler
{
    [ThreadStatic]
    private static bool t_isHere;

    private static readonly Lazy<ComputeThread> s_cpu = new(() => new ComputeThread());
    private readonly BlockingCollection<Task> _tasks = [];

    private ComputeThread() => new Thread(Serve) { IsBackground = true, Name = "AgentTeams libtorch" }.Start();

    public override int MaximumConcurrencyLevel => 1;

    /// <summary>Does work on a device and returns when it is done; what it throws is thrown here.</summary>
    public static T Run<T>(Device device, Func<T> work) => device.type != DeviceType.CPU || t_isHere
        ? work()
        : Task.Factory.StartNew(work, CancellationToken.None, TaskCreationOptions.DenyChildAttach | TaskCreationOptions.HideScheduler, s_cpu.Value).GetAwaiter().GetResult();

    /// <inheritdoc cref="Run{T}"/>
    public static void Run(Device device, Action work) => Run(device, () =>
    {
        work();
        return true;
    });

    protected override void QueueTask(Task task) => _tasks.Add(task);

    protected override bool TryExecuteTaskInline(Task task, bool taskWasPreviouslyQueued) => t_isHere && TryExecuteTask(task);

    protected override IEnumerable<Task> GetScheduledTasks() => [.. _tasks];

    private void Serve()
    {
        t_isHere = true;
        while (true) ServeOne();
    }

    // Of its own, so that no frame keeps a task's result until the next one comes.
    [MethodImpl(MethodImplOptions.NoInlining)]
    private void ServeOne() => TryExecuteTask(_tasks.Take());
}
