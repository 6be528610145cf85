namespace AgentTeams.Tests;

public sealed class SeedKeyTests
{
    private static readonly SeedKey Key = new(7, "rl", 3, "task-1", 2, "plan", 1, 0);

    [Fact]
    public void ToSeed_AnyPartChanged_Differs()
    {
        SeedKey[] others =
        [
            Key with { Run = 8 }, Key with { Stage = "sft" }, Key with { Step = 4 }, Key with { Task = "task-2" },
            Key with { Sample = 3 }, Key with { Node = "code" }, Key with { Visit = 2 }, Key with { Attempt = 1 },
        ];
        Assert.Equal(others.Length + 1, others.Append(Key).Select(k => k.ToSeed()).Distinct().Count());
    }

    [Fact]
    public void ToSeed_SameText_SplitDifferently_Differs() =>
        Assert.NotEqual(new SeedKey(1, "ab", Task: "c").ToSeed(), new SeedKey(1, "a", Task: "bc").ToSeed());

    [Fact]
    public void ToSeed_KnownKey_IsStableAcrossVersions() => Assert.Equal(6360894643344872113, new SeedKey(1).ToSeed());

    [Fact]
    public void ToTrajectoryId_NodePartsChanged_Stays() =>
        Assert.Equal(Key.ToTrajectoryId(), (Key with { Node = "x", Visit = 9, Attempt = 9 }).ToTrajectoryId());

    [Theory]
    [InlineData(1L << 53, "9007199254740992")]
    [InlineData((1L << 53) + 1, "\"9007199254740993\"")]
    [InlineData(long.MinValue, "\"-9223372036854775808\"")]
    public void Run_AsJson_KeepsItsDigitsForEveryReader(long run, string written)
    {
        var json = System.Text.Json.JsonSerializer.SerializeToElement(new SeedKey(run), AgentTeams.Storage.TrajectoryJson.Options);
        Assert.Equal(written, json.GetProperty("run").GetRawText());
        Assert.Equal(run, System.Text.Json.JsonSerializer.Deserialize<SeedKey>(json, AgentTeams.Storage.TrajectoryJson.Options)!.Run);
    }

    [Fact]
    public void Run_TextThatIsNoNumber_IsRefused() => Assert.Throws<System.Text.Json.JsonException>(
        () => System.Text.Json.JsonSerializer.Deserialize<SeedKey>("{\"run\": \"many\"}", AgentTeams.Storage.TrajectoryJson.Options));
}
