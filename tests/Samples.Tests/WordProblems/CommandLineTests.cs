using AgentTeams.Samples.WordProblems;

namespace AgentTeams.Tests;

public sealed class CommandLineTests
{
    private RunOptions? _options;
    private RunControl? _control;

    private int Run(string arguments) => CommandLine.Create((options, control, _) =>
    {
        (_options, _control) = (options, control);
        return Task.FromResult(0);
    }).Parse(arguments).Invoke(new() { Output = TextWriter.Null, Error = TextWriter.Null });

    [Theory]
    [InlineData("--unknown")]
    [InlineData("--mapping mixed")]
    [InlineData("--labels many")]
    [InlineData("--labels 3")]
    [InlineData("--group-size 1")]
    [InlineData("--data train.csv")]
    [InlineData("--resume")]
    [InlineData("--controls --control format-only")]
    public void Parse_BadInput_FailsWithoutRunning(string arguments)
    {
        Assert.NotEqual(0, Run(arguments));
        Assert.Null(_options);
    }

    [Fact]
    public void Parse_AllOptions_ReachTheRun()
    {
        Assert.Equal(0, Run("--labels 50 --steps 7 --seed 9 --mapping adapters --group-size 4 --out x --resume --stop-after-step 3 --json --controls"));
        Assert.Equal((50, 7, 9, "adapters", 4), (_options!.Labels, _options.Steps, _options.Seed, _options.Mapping, _options.GroupSize));
        Assert.Equal(("x", true, 3, true, true), (_control!.Out, _control.Resume, _control.StopAfterStep, _control.Json, _control.Controls));
    }

    [Fact]
    public void Parse_Smoke_KeepsSeedAndMapping()
    {
        Assert.Equal(0, Run("--smoke --seed 7 --mapping separate"));
        Assert.Equal((7, "separate"), (_options!.Seed, _options.Mapping));
        Assert.True(_options.Problems < 200);
    }
}
