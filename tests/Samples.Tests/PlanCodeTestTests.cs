using System.Diagnostics;
using System.Reflection;

namespace AgentTeams.Tests;

public sealed class PlanCodeTestTests
{
    [Fact]
    public async Task Sample_Scripted_PassesItsTasksAndNamesTheSchemes()
    {
        var (code, output) = await RunAsync("--smoke");

        Assert.Equal(0, code);
        // Where nothing can be shut in, or there is no python3, the sample says so.
        if (output.Contains("Nothing was run", StringComparison.Ordinal) || output.Contains("cannot be run", StringComparison.Ordinal)) return;
        Assert.Contains("own/1: passed, Coordinator, structure 1, syntax 1, tests 1, cooperation 1", output, StringComparison.Ordinal);
        Assert.EndsWith("3 of 3 passed; Decorator 1, Coordinator 1, StrategyFilter 1", output.TrimEnd(), StringComparison.Ordinal);
    }

    [Fact]
    public async Task Sample_DataIsNoTask_NamesTheLine()
    {
        var file = Path.GetTempFileName();
        await File.WriteAllTextAsync(file, "{\"prompt\": \"def f():\"}\n");

        var (code, output) = await RunAsync("--data", file);

        Assert.NotEqual(0, code);
        Assert.Contains("Line 1", output, StringComparison.Ordinal);
        File.Delete(file);
    }

    private static async Task<(int Code, string Output)> RunAsync(params string[] arguments)
    {
        var dll = typeof(PlanCodeTestTests).Assembly.GetCustomAttributes<AssemblyMetadataAttribute>().Single(a => a.Key == "PlanCodeTest").Value!;
        using var process = Process.Start(new ProcessStartInfo("dotnet", [dll, .. arguments]) { RedirectStandardOutput = true, RedirectStandardError = true })!;
        var (output, error) = (process.StandardOutput.ReadToEndAsync(), process.StandardError.ReadToEndAsync());
        await process.WaitForExitAsync();
        return (process.ExitCode, await output + await error);
    }
}
