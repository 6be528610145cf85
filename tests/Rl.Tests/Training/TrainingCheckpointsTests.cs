using System.Security.Cryptography;
using System.Text.Json;

namespace AgentTeams.Tests;

public sealed class TrainingCheckpointsTests : IDisposable
{
    private readonly string _folder = Directory.CreateTempSubdirectory("agentteams").FullName;

    public void Dispose() => Directory.Delete(_folder, recursive: true);

    [Fact]
    public async Task Restore_NothingSaved_IsNull()
    {
        using var bandit = new Bandit();
        Assert.Null(await new TrainingCheckpoints(_folder).RestoreAsync<string>(bandit.Models));
    }

    [Fact]
    public async Task Restore_SavedCheckpoint_GivesWeightsStepAndNote()
    {
        using var saved = new Bandit(seed: 1);
        var hash = saved.Models.WeightsHashAsync().Now();
        await new TrainingCheckpoints(_folder).SaveAsync(7, saved.Models, "note");
        using var other = new Bandit(seed: 2);
        Assert.Equal((7, "note"), await new TrainingCheckpoints(_folder).RestoreAsync<string>(other.Models));
        Assert.Equal(hash, other.Models.WeightsHashAsync().Now());
    }

    [Fact]
    public async Task Restore_NewestIsDamaged_UsesTheOneBeforeAndWarns()
    {
        var log = new RecordingLogger();
        using var bandit = new Bandit();
        var checkpoints = new TrainingCheckpoints(_folder, loggerFactory: log);
        await checkpoints.SaveAsync(1, bandit.Models, "one");
        await checkpoints.SaveAsync(2, bandit.Models, "two");
        var file = Directory.EnumerateFiles(checkpoints.GetPath(2), "model.safetensors", SearchOption.AllDirectories).Single();
        var bytes = File.ReadAllBytes(file);
        bytes[^5] ^= 1;
        File.WriteAllBytes(file, bytes);
        Assert.Equal((1, "one"), await checkpoints.RestoreAsync<string>(bandit.Models));
        Assert.Contains(log.Messages, m => m.Contains("model.safetensors", StringComparison.Ordinal));
    }

    [Theory]
    [InlineData("manifest.json")]
    [InlineData("state.json")]
    public async Task Restore_FileMissing_UsesTheOneBefore(string file)
    {
        using var bandit = new Bandit();
        var checkpoints = new TrainingCheckpoints(_folder);
        await checkpoints.SaveAsync(1, bandit.Models, "one");
        await checkpoints.SaveAsync(2, bandit.Models, "two");
        File.Delete(Path.Combine(checkpoints.GetPath(2), file));
        Assert.Equal((1, "one"), await checkpoints.RestoreAsync<string>(bandit.Models));
    }

    [Fact]
    public async Task Restore_FileAbove2GiB_IsChecked()
    {
        using var bandit = new Bandit();
        var checkpoints = new TrainingCheckpoints(_folder);
        await checkpoints.SaveAsync(1, bandit.Models, "one");
        var (large, manifest) = (Path.Combine(checkpoints.GetPath(1), "large"), Path.Combine(checkpoints.GetPath(1), "manifest.json"));
        using (var file = File.Create(large)) file.SetLength((1L << 31) + 1);
        var sums = JsonSerializer.Deserialize<Dictionary<string, string>>(File.ReadAllBytes(manifest))!;
        using (var file = File.OpenRead(large)) sums["large"] = Convert.ToHexStringLower(SHA256.HashData(file));
        File.WriteAllBytes(manifest, JsonSerializer.SerializeToUtf8Bytes(sums));
        Assert.Equal((1, "one"), await checkpoints.RestoreAsync<string>(bandit.Models));
    }

    [Fact]
    public async Task Save_FrozenBase_IsNotWrittenAgain()
    {
        var map = ModelMap.Adapters("m", "x", "y");
        using var bandit = new Bandit(map: map);
        var checkpoints = new TrainingCheckpoints(_folder);
        await checkpoints.SaveAsync(1, bandit.Models, "one");
        Assert.Empty(Directory.EnumerateFiles(Path.Combine(checkpoints.GetPath(1), "models", "m"), "model*.safetensors"));
        using var same = new Bandit(map: map);
        Assert.Equal((1, "one"), await checkpoints.RestoreAsync<string>(same.Models));
        using var other = new Bandit(seed: 2, map: map);
        var error = await Assert.ThrowsAsync<ModelFormatException>(() => checkpoints.RestoreAsync<string>(other.Models));
        Assert.Contains("from the same folder or seed", error.Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Restore_SecondModelDoesNotFit_LeavesTheFirstAsItWas()
    {
        using var saved = new Bandit(seed: 1, map: ModelMap.Separate("x", "y"));
        await new TrainingCheckpoints(_folder).SaveAsync(1, saved.Models, "one");
        using var other = new Bandit(seed: 2, map: ModelMap.Separate("x", "y"));
        ((LocalLanguageModel)other.Models.GetModel(new("y"))).AddValueHead(new("y"));
        var hash = other.Models.WeightsHashAsync().Now();
        await Assert.ThrowsAsync<ModelFormatException>(() => new TrainingCheckpoints(_folder).RestoreAsync<string>(other.Models));
        Assert.Equal(hash, other.Models.WeightsHashAsync().Now());
    }

    [Fact]
    public async Task Save_BesideLaterStepsOfALongerTraining_KeepsWhatItWrote()
    {
        using var bandit = new Bandit();
        var checkpoints = new TrainingCheckpoints(_folder, keep: 2);
        foreach (var step in new[] { 8, 9, 1 }) await checkpoints.SaveAsync(step, bandit.Models, "note");
        Assert.Contains(1, checkpoints.Steps());
    }

    [Fact]
    public async Task Save_ManySteps_KeepsTheNewest()
    {
        using var bandit = new Bandit();
        var checkpoints = new TrainingCheckpoints(_folder, keep: 2);
        foreach (var step in new[] { 1, 2, 10, 11 }) await checkpoints.SaveAsync(step, bandit.Models, "");
        Assert.Equal([10, 11], checkpoints.Steps());
    }

    [Fact]
    public async Task Save_AfterAWriteThatWasCutShort_Succeeds()
    {
        using var bandit = new Bandit();
        Directory.CreateDirectory(Path.Combine(_folder, ".writing", "models"));
        var checkpoints = new TrainingCheckpoints(_folder);
        await checkpoints.SaveAsync(1, bandit.Models, "one");
        Assert.Equal((1, "one"), await checkpoints.RestoreAsync<string>(bandit.Models));
    }

    [Fact]
    public async Task Restore_AnotherMapping_NamesTheModelsOfBoth()
    {
        using var saved = new Bandit(map: ModelMap.Separate("x", "y"));
        await new TrainingCheckpoints(_folder).SaveAsync(1, saved.Models, "one");
        using var other = new Bandit();
        var error = await Assert.ThrowsAsync<AgentTeamsException>(() => new TrainingCheckpoints(_folder).RestoreAsync<string>(other.Models));
        Assert.Contains("holds the models x, y, but the team 'bandit' has m", error.Message, StringComparison.Ordinal);
    }
}
