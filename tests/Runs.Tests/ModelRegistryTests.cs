namespace AgentTeams.Tests;

/// <summary>Weights that are stored, put in use and taken back.</summary>
public sealed class ModelRegistryTests : IDisposable
{
    private readonly string _folder = Directory.CreateTempSubdirectory("agentteams").FullName;
    private readonly SumPlan _sums = new();

    public void Dispose()
    {
        _sums.Dispose();
        Directory.Delete(_folder, recursive: true);
    }

    [Fact]
    public async Task Rollback_AfterTwoPromotions_GivesTheWeightsOfTheFirst()
    {
        var registry = new ModelRegistry(_folder);
        await Assert.ThrowsAsync<AgentTeamsException>(() => registry.LoadAsync("sums", _sums.Models));
        var before = await _sums.Models.WeightsHashAsync();
        Assert.Equal(1, (await registry.AddAsync("sums", _sums.Models, new() { Base = "random" })).Number);
        Assert.Null(registry.Current("sums"));
        registry.Promote("sums", 1);
        var run = await new TrainingPlan("p", _sums.Models) { Stages = [Stage.Supervise("show", SumPlan.Examples(SumPlan.Sums), options: new() { MaxEpochs = 1 })] }
            .RunAsync(new() { Folder = Path.Combine(_folder, "run") }, new() { Output = RunOutput.None, WriteReport = false });
        registry.Promote("sums", (await registry.AddAsync("sums", _sums.Models)).Number);
        Assert.Equal((2, 1, run!.WeightsSha256), (registry.Current("sums")!.Number, registry.Current("sums")!.Lineage.Parent, registry.Current("sums")!.Lineage.WeightsSha256));
        Assert.Equal(1, registry.Rollback("sums").Number);
        await registry.LoadAsync("sums", _sums.Models);
        Assert.Equal(before, await _sums.Models.WeightsHashAsync());
        Assert.Contains("no version to go back", Assert.Throws<AgentTeamsException>(() => registry.Rollback("sums")).Message, StringComparison.Ordinal);
        Assert.Contains("no version 9", Assert.Throws<AgentTeamsException>(() => registry.Promote("sums", 9)).Message, StringComparison.Ordinal);
        Assert.Equal([1, 2], registry.Versions("sums").Select(v => v.Number));
    }

    [Theory]
    [InlineData(0.0, null, true)]
    [InlineData(1.0, null, false)]
    [InlineData(0.0, "before", false)]
    public async Task Promote_AsAStage_PutsInUseWhatIsGoodEnough(double least, string? against, bool promoted)
    {
        var registry = new ModelRegistry(Path.Combine(_folder, "models"));
        var plan = new TrainingPlan("p", _sums.Models)
        {
            Stages =
            [
                Stage.Evaluate("before", _sums.Tasks, SumPlan.IsRight), Stage.Evaluate("after", _sums.Tasks, SumPlan.IsRight),
                Stage.Promote("promote", registry, new() { Name = "sums", Evaluation = "after", Against = against, MinSuccess = least }),
            ],
        };
        await plan.RunAsync(new() { Folder = Path.Combine(_folder, "run") }, new() { Output = RunOutput.None, WriteReport = false });
        Assert.Equal(promoted, registry.Current("sums") is not null);
        Assert.Single(registry.Versions("sums"));
    }

    [Fact]
    public async Task Promote_UnknownEvaluation_IsFoundBeforeTheRun()
    {
        var plan = new TrainingPlan("p", _sums.Models) { Stages = [Stage.Promote("promote", new(_folder), new() { Name = "sums", Evaluation = "nowhere" })] };
        Assert.Contains("nowhere", (await Assert.ThrowsAsync<AgentTeamsException>(() => TrainingRun.OpenAsync(plan, new() { Folder = Path.Combine(_folder, "run") }))).Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Report_WithAblations_TellsWhatEachCosts()
    {
        var plan = new TrainingPlan("p", _sums.Models)
        {
            Stages =
            [
                Stage.Evaluate("after", _sums.Tasks, SumPlan.IsRight),
                Stage.Ablate("parts", _sums.Tasks, SumPlan.IsRight, [Ablation.Solo("adder"), Ablation.Say("checker", "1"), Ablation.Swap("adder")]),
                Stage.Sweep("size", [1, 2], _ => _sums.Tasks, SumPlan.IsRight),
            ],
        };
        var result = await plan.RunAsync(new() { Folder = Path.Combine(_folder, "run") }, new() { Output = RunOutput.None });
        Assert.Equal(["after", "only adder", "checker always says '1'", "adder speaks of another task", "size: 1", "size: 2"], result!.Evaluations.Select(e => e.Name));
        Assert.Equal(0, result["only adder"].Success.Rate);
        Assert.Equal(0.5, result["checker always says '1'"].Success.Rate);
        Assert.Equal(result["after"].Success.Rate, result["size: 2"].Success.Rate);
        var page = File.ReadAllText(Path.Combine(_folder, "run", "report.html"));
        Assert.Contains("Ablations and sweeps", page, StringComparison.Ordinal);
    }
}
