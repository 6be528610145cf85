using AgentTeams.Samples.LocalChat;
using Spectre.Console;

namespace AgentTeams.Tests;

public sealed class LocalChatTests
{
    private static async Task<(int Code, string Output, string Error)> RunAsync(ChatSettings settings, string input = "")
    {
        using var output = new StringWriter();
        using var error = new StringWriter();
        using var interrupt = new Interrupt();
        var console = AnsiConsole.Create(new AnsiConsoleSettings { Ansi = AnsiSupport.No, Interactive = InteractionSupport.No, Out = new AnsiConsoleOutput(output) });
        var code = await ChatProgram.RunAsync(settings, new Terminal(new StringReader(input), false, console, error, new TestClock()), interrupt);
        return (code, output.ToString(), error.ToString());
    }

    [Fact]
    public async Task Run_Smoke_IsReproducible()
    {
        var first = await RunAsync(new() { Smoke = true });

        Assert.Equal(0, first.Code);
        Assert.Equal("", first.Error);
        Assert.Contains("random", first.Output, StringComparison.Ordinal);
        Assert.Contains("(0 cached), 24 generated", first.Output, StringComparison.Ordinal);
        Assert.DoesNotContain(first.Output, c => char.IsControl(c) && c is not ('\n' or '\r' or '\t'));
        Assert.Equal(first, await RunAsync(new() { Smoke = true }));
    }

    [Fact]
    public async Task Run_Conversation_SharesItsBeginningUntilReset()
    {
        var (code, output, _) = await RunAsync(new() { MaxTokens = 4, System = "Count apples." }, "one\n\ntwo\n/reset\none\n/exit\nthree\n");

        var prompts = output.Split('\n').Where(l => l.Contains("prompt tokens", StringComparison.Ordinal)).Select(l => int.Parse(l.Split(' ')[0])).ToList();
        Assert.Equal(0, code);
        Assert.Equal(3, prompts.Count);
        Assert.True(prompts[1] > prompts[0]);
        Assert.Equal(prompts[0], prompts[2]);
        Assert.Equal(1, output.Split("(0 cached)").Length - 1);
    }

    [Theory]
    [InlineData("no-such-folder", null, 0.7f)]
    [InlineData(null, "no-such-adapter", 0.7f)]
    [InlineData(null, null, 5f)]
    public async Task Run_BadInput_IsOneLineAndExitCode1(string? folder, string? adapter, float temperature)
    {
        var (code, _, error) = await RunAsync(new() { Folder = folder, Adapter = adapter, Temperature = temperature, Smoke = true });

        Assert.Equal(1, code);
        Assert.StartsWith("error: ", error, StringComparison.Ordinal);
        Assert.Single(error.TrimEnd().Split('\n'));
    }

    [Fact]
    public void Parse_AllOptions_ReachTheChat()
    {
        ChatSettings? settings = null;
        CommandLine.Create(s =>
        {
            settings = s;
            return Task.FromResult(0);
        }).Parse("folder --adapter a --temperature 0 --top-p 0.5 --top-k 3 --min-p 0.1 --max-tokens 9 --seed 7 --system brief --no-think --smoke").Invoke();

        Assert.Equal(new ChatSettings
        {
            Folder = "folder", Adapter = "a", Temperature = 0, TopP = 0.5f, TopK = 3, MinP = 0.1f, MaxTokens = 9, Seed = 7, System = "brief", Think = false, Smoke = true,
        }, settings);
    }

    [Fact]
    public void Press_Twice_CancelsThenEnds()
    {
        using var interrupt = new Interrupt();
        var reply = interrupt.BeginReply();
        Assert.True(interrupt.Press());
        Assert.True(reply.IsCancellationRequested);
        Assert.False(interrupt.Press());
        Assert.False(interrupt.BeginReply().IsCancellationRequested);
        Assert.True(interrupt.Press());
    }
}
