using System.Text.Json;
using AgentTeams.Samples.Arena;

namespace AgentTeams.Tests;

/// <summary>The whole comparison, too small to learn anything.</summary>
public sealed class ArenaTests : IDisposable
{
    private readonly string _folder = Directory.CreateTempSubdirectory("agentteams").FullName;

    public void Dispose() => Directory.Delete(_folder, recursive: true);

    [Fact]
    public async Task RunAsync_SmokeTwice_MakesEveryRowOnceAndFindsItAgain()
    {
        var options = ArenaOptions.Smoke with { Folder = _folder };
        var made = await RunAsync(options);
        Assert.Equal([PlanPath.GameName, Sokoban.GameName], made.Select(g => g.GetProperty("game").GetString()));
        Assert.All(made, g => Assert.Equal(ArenaRow.All.Select(r => r.Name), g.GetProperty("rows").EnumerateArray().Select(r => r.GetProperty("row").GetString())));
        Assert.All(made.SelectMany(g => g.GetProperty("rows").EnumerateArray()), r => Assert.Equal(options.Held, r.GetProperty("trials").GetInt32()));
        Assert.Equal(made.Select(g => g.GetRawText()), (await RunAsync(options)).Select(g => g.GetRawText()));
    }

    [Fact]
    public void Compare_RatesOfTwoRows_TellsWhetherIntervalsAreApart()
    {
        static ArenaRow Row(int successes) => new("", "", [new(successes, 50), new(successes, 50)]);
        Assert.Equal((true, true), ArenaRow.Compare(Row(10), Row(30)));
        Assert.Equal((true, false), ArenaRow.Compare(Row(10), Row(12)));
        Assert.Equal((false, false), ArenaRow.Compare(Row(10), Row(10)));
    }

    private static async Task<List<JsonElement>> RunAsync(ArenaOptions options)
    {
        using var output = new StringWriter();
        Assert.Equal(0, await ArenaProgram.RunAsync(options, output));
        var last = output.ToString().Split('\n', StringSplitOptions.RemoveEmptyEntries)[^1];
        return [.. JsonDocument.Parse(last).RootElement.GetProperty("games").EnumerateArray()];
    }
}
