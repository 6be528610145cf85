using System.Diagnostics;
using System.Globalization;
using System.Reflection;

namespace AgentTeams.Tests;

public sealed class FirstTeamTests
{
    [Fact]
    public void Program_Text_IsTheReadmesFirstSnippet() =>
        Assert.Equal(File.ReadAllText(GuideCode.PathOf("samples/FirstTeam/Program.cs")), GuideCode.Blocks("README.md")[0]);

    [Fact]
    public async Task Sample_Run_LearnsItsProblems()
    {
        var dll = typeof(FirstTeamTests).Assembly.GetCustomAttributes<AssemblyMetadataAttribute>().Single(a => a.Key == "FirstTeam").Value!;
        using var process = Process.Start(new ProcessStartInfo("dotnet", [dll]) { RedirectStandardOutput = true })!;

        var output = await process.StandardOutput.ReadToEndAsync();
        await process.WaitForExitAsync();

        Assert.Equal(0, process.ExitCode);
        var rewards = output.Split('\n', StringSplitOptions.RemoveEmptyEntries)[1..]
            .Select(l => double.Parse(l.Split(": ")[1], CultureInfo.InvariantCulture)).ToList();
        Assert.Equal(30, rewards.Count);
        Assert.InRange(rewards[0], 0, 0.5);
        Assert.True(rewards.TakeLast(5).Min() > 0.85, output);
    }
}
