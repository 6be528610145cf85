using System.Diagnostics;
using System.Reflection;

namespace AgentTeams.Tests;

public sealed class WorkflowSamplesTests : IDisposable
{
    private readonly DirectoryInfo _folder = Directory.CreateTempSubdirectory();

    public static TheoryData<string, string> Samples => new()
    {
        { "parallel", "they were joined: facts, style, law" },
        { "race", "at least two: 42, says first voter | 42, says third voter" },
        { "switch", "When do you open? -> a question: we open at nine" },
        { "loop", "at most 5 rounds: 'Rain falls on roofs.', accepted in round 3" },
        { "map", "each[void.txt] was left out" },
        { "sub-workflow", "close/tidy (Function), parents: close/translator" },
        { "error-route", "load: ok after failed tries (IOException, IOException), on to the next node" },
        { "tools", "payments: 1" },
        { "code", "models were asked 5 times for 5 calls in the record" },
        { "fork-and-replay", "hotels: Hotel Rome | Hotel Athens" },
        { "middleware", "the model was asked 1 time; the record has 'card [number]'" },
        { "budgets", "6 sentences, 6 calls in all" },
        { "events", "class n2 running" },
    };

    [Theory]
    [MemberData(nameof(Samples))]
    public async Task Sample_Run_ShowsItsPoint(string name, string line)
    {
        var (code, output) = await RunAsync(name);

        Assert.Equal(0, code);
        Assert.Contains(line, output, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Human_StartedTwice_IsAnsweredWithoutAskingTheModelAgain()
    {
        var (first, second) = (await RunAsync("human"), await RunAsync("human"));

        Assert.Equal((0, 0), (first.Code, second.Code));
        Assert.Contains("waits for 'approve'", first.Output, StringComparison.Ordinal);
        Assert.Contains("Outcome = ordered", second.Output, StringComparison.Ordinal);
        Assert.DoesNotContain("the model is asked", second.Output, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Resume_KilledAndStartedAgain_AsksOnlyForWhatWasUnderWay()
    {
        var (first, second) = (await RunAsync("resume"), await RunAsync("resume"));

        Assert.NotEqual(0, first.Code);
        Assert.Equal(0, second.Code);
        Assert.Contains("chapter 2: asked 1 time", second.Output, StringComparison.Ordinal);
        Assert.Contains("chapter 3: asked 2 time", second.Output, StringComparison.Ordinal);
        Assert.Contains("chapter 4: asked 1 time", second.Output, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Program_WithoutAName_ListsEverySampleOfTheTests()
    {
        var (_, output) = await RunAsync();

        Assert.Equal(Samples.Select(s => (string)s[0]).Concat(["human", "resume"]).Order(), output.Split('\n', StringSplitOptions.RemoveEmptyEntries).Order());
    }

    public void Dispose() => _folder.Delete(recursive: true);

    private async Task<(int Code, string Output)> RunAsync(params string[] names)
    {
        var dll = typeof(WorkflowSamplesTests).Assembly.GetCustomAttributes<AssemblyMetadataAttribute>().Single(a => a.Key == "Workflows").Value!;
        var start = new ProcessStartInfo("dotnet", [dll, .. names]) { RedirectStandardOutput = true };
        // Where runs are kept between two starts; both names, for the one that the system knows.
        foreach (var name in (string[])["TMPDIR", "TMP"]) start.Environment[name] = _folder.FullName;
        using var process = Process.Start(start)!;
        var output = await process.StandardOutput.ReadToEndAsync();
        await process.WaitForExitAsync();
        return (process.ExitCode, output);
    }
}
