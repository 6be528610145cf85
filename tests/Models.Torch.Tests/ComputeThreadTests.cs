using TorchSharp;
using static TorchSharp.torch;

namespace AgentTeams.Tests;

public sealed class ComputeThreadTests
{
    [Fact]
    public void Run_FromSeveralThreads_IsOneThread()
    {
        var ids = new int[8];
        Parallel.For(0, ids.Length, i => ids[i] = ComputeThread.Run(CPU, () => Environment.CurrentManagedThreadId));
        Assert.Single(ids.Distinct());
        Assert.NotEqual(Environment.CurrentManagedThreadId, ids[0]);
    }

    [Fact]
    public void Run_WithinItself_IsTheSameThread() =>
        Assert.True(ComputeThread.Run(CPU, () => Environment.CurrentManagedThreadId == ComputeThread.Run(CPU, () => Environment.CurrentManagedThreadId)));

    [Fact]
    public void Run_WorkThatIsParallelItself_Ends()
    {
        var sum = 0;
        ComputeThread.Run(CPU, () => Parallel.For(0, 100, i => Interlocked.Add(ref sum, i)));
        Assert.Equal(4950, sum);
        Assert.Equal(1, ComputeThread.Run(CPU, () => Task.Factory.StartNew(() => 1, default, TaskCreationOptions.None, TaskScheduler.Current).GetAwaiter().GetResult()));
    }

    [Fact]
    public void Run_WorkThatThrows_ThrowsTheSameAndGoesOn()
    {
        var thrown = new FormatException("no");
        Assert.Same(thrown, Assert.Throws<FormatException>(() => ComputeThread.Run(CPU, () => throw thrown)));
        Assert.Equal(1, ComputeThread.Run(CPU, () => 1));
    }

    [Fact]
    public void Run_ForAGpu_IsTheCaller() =>
        Assert.Equal(Environment.CurrentManagedThreadId, ComputeThread.Run(new Device(DeviceType.CUDA, 0), () => Environment.CurrentManagedThreadId));

    [Fact]
    public void Accumulate_OnTheCpu_ComputesOnThatThread()
    {
        using var model = TorchModels.Create();
        var threads = new HashSet<int>();
        model.AccumulateAsync(model.Base, [TinyModel.Row(1)], new Watching(threads)).Now();
        Assert.Equal([ComputeThread.Run(CPU, () => Environment.CurrentManagedThreadId)], threads);
    }

    private sealed class Watching(HashSet<int> threads) : ITokenLoss
    {
        public TokenLossResult Evaluate(IReadOnlyList<TrainingRow> rows, IReadOnlyList<TokenScores> scores, IReadOnlyList<TokenGradient> gradients)
        {
            threads.Add(Environment.CurrentManagedThreadId);
            return TokenLossResult.Zero;
        }
    }
}
