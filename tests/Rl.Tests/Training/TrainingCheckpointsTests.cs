namespace AgentTeams.Tests;

public sealed class TrainingCheckpointsTests : IDisposable
{
    private readonly string _folder = Directory.CreateTempSubdirectory("agentteams").FullName;

    public void Dispose() => Directory.Delete(_folder, recursive: true);

    [Fact]
    public void Restore_NothingSaved_IsNull()
    {
        using var bandit = new Bandit();
        Assert.Null(new TrainingCheckpoints(_folder).Restore<string>(bandit.Models));
    }

    [Fact]
    public void Restore_SavedCheckpoint_GivesWeightsStepAndNote()
    {
        using var saved = new Bandit(seed: 1);
        var hash = saved.Models.WeightsHash();
        new TrainingCheckpoints(_folder).Save(7, saved.Models, "note");
        using var other = new Bandit(seed: 2);
        Assert.Equal((7, "note"), new TrainingCheckpoints(_folder).Restore<string>(other.Models));
        Assert.Equal(hash, other.Models.WeightsHash());
    }

    [Fact]
    public void Restore_NewestIsDamaged_UsesTheOneBeforeAndWarns()
    {
        var log = new RecordingLogger();
        using var bandit = new Bandit();
        var checkpoints = new TrainingCheckpoints(_folder, logger: log);
        checkpoints.Save(1, bandit.Models, "one");
        checkpoints.Save(2, bandit.Models, "two");
        var file = Directory.EnumerateFiles(checkpoints.PathOf(2), "model.safetensors", SearchOption.AllDirectories).Single();
        var bytes = File.ReadAllBytes(file);
        bytes[^5] ^= 1;
        File.WriteAllBytes(file, bytes);
        Assert.Equal((1, "one"), checkpoints.Restore<string>(bandit.Models));
        Assert.Contains(log.Messages, m => m.Contains("model.safetensors", StringComparison.Ordinal));
    }

    [Theory]
    [InlineData("manifest.json")]
    [InlineData("state.json")]
    public void Restore_FileMissing_UsesTheOneBefore(string file)
    {
        using var bandit = new Bandit();
        var checkpoints = new TrainingCheckpoints(_folder);
        checkpoints.Save(1, bandit.Models, "one");
        checkpoints.Save(2, bandit.Models, "two");
        File.Delete(Path.Combine(checkpoints.PathOf(2), file));
        Assert.Equal((1, "one"), checkpoints.Restore<string>(bandit.Models));
    }

    [Fact]
    public void Save_ManySteps_KeepsTheNewest()
    {
        using var bandit = new Bandit();
        var checkpoints = new TrainingCheckpoints(_folder, keep: 2);
        foreach (var step in new[] { 1, 2, 10, 11 }) checkpoints.Save(step, bandit.Models, "");
        Assert.Equal([10, 11], checkpoints.Steps());
    }

    [Fact]
    public void Save_AfterAWriteThatWasCutShort_Succeeds()
    {
        using var bandit = new Bandit();
        Directory.CreateDirectory(Path.Combine(_folder, ".writing", "models"));
        var checkpoints = new TrainingCheckpoints(_folder);
        checkpoints.Save(1, bandit.Models, "one");
        Assert.Equal((1, "one"), checkpoints.Restore<string>(bandit.Models));
    }
}
