namespace AgentTeams.Tests;

public sealed class KlReferenceTests : IDisposable
{
    private static readonly RlOptions s_options = new()
    {
        Steps = 4, TasksPerStep = 4, GroupSize = 8, Optimizer = new() { LearningRate = 0.02 }, Loss = new PolicyGradientLoss { KlCoefficient = 0.5 },
    };

    private readonly string _folder = Directory.CreateTempSubdirectory("agentteams").FullName;

    public void Dispose() => Directory.Delete(_folder, recursive: true);

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public async Task TrainAsync_ResumedWithKl_EndsWithTheWeightsOfAnUndisturbedRun(bool adapters)
    {
        var map = adapters ? ModelMap.Adapters("m", "x", "y") : ModelMap.Full("m", "x", "y");
        using var whole = new Bandit(map: map);
        await Run(whole, s_options);

        var checkpoints = new TrainingCheckpoints(_folder);
        using (var first = new Bandit(map: map))
        {
            using var reference = await checkpoints.ReferenceAsync(first.Models, 0);
            await Run(first, s_options with { Steps = 2 }, reference: reference);
            await checkpoints.SaveAsync(2, first.Models, "note");
        }

        using var second = new Bandit(map: map);
        var step = (await checkpoints.RestoreAsync<string>(second.Models))!.Value.Step;
        using var resumed = await checkpoints.ReferenceAsync(second.Models, step);
        await Run(second, s_options, step, resumed);
        Assert.Equal(whole.Models.WeightsHashAsync().Now(), second.Models.WeightsHashAsync().Now());
    }

    [Fact]
    public async Task TrainAsync_ResumedWithKlButWithoutReference_IsRefused()
    {
        using var bandit = new Bandit();
        var error = await Assert.ThrowsAsync<AgentTeamsException>(() => Run(bandit, s_options, firstStep: 2));
        Assert.Contains("TrainingCheckpoints.Reference", error.Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Reference_NeverWritten_IsRefused()
    {
        using var bandit = new Bandit();
        var error = await Assert.ThrowsAsync<AgentTeamsException>(() => new TrainingCheckpoints(_folder).ReferenceAsync(bandit.Models, 3));
        Assert.Contains("goes on at step 3", error.Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task TrainAsync_ReferenceOfAnotherTeam_NamesThePolicyItLacks()
    {
        using var bandit = new Bandit();
        using var other = new Bandit(map: ModelMap.Adapters("m", "x", "y"));
        using var reference = await KlReference.TakeAsync(other.Models);
        var error = await Assert.ThrowsAsync<AgentTeamsException>(() => Run(bandit, s_options, reference: reference));
        Assert.Contains("holds no weights of 'm'", error.Message, StringComparison.Ordinal);
    }

    private static async Task Run(Bandit bandit, RlOptions options, int firstStep = 0, KlReference? reference = null)
    {
        await foreach (var _ in bandit.Trainer(options, reference: reference).TrainAsync(firstStep)) { }
    }
}
