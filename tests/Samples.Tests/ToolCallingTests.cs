using System.Diagnostics;
using System.Reflection;

namespace AgentTeams.Tests;

public sealed class ToolCallingTests
{
    [Fact]
    public async Task Sample_Run_AnswersWithTheToolsResult()
    {
        var dll = typeof(ToolCallingTests).Assembly.GetCustomAttributes<AssemblyMetadataAttribute>().Single(a => a.Key == "ToolCalling").Value!;
        using var process = Process.Start(new ProcessStartInfo("dotnet", [dll]) { RedirectStandardOutput = true })!;

        var output = await process.StandardOutput.ReadToEndAsync();
        await process.WaitForExitAsync();

        Assert.Equal(0, process.ExitCode);
        Assert.Contains("solver/tool-0", output, StringComparison.Ordinal);
        Assert.Contains("The answer is 84.", output, StringComparison.Ordinal);
    }
}
