using Microsoft.Extensions.AI;
using Microsoft.Extensions.Logging;

namespace AgentTeams.Tests;

/// <summary>What a record cannot hold costs no run.</summary>
public sealed class UnwritableArgumentTests
{
    [Fact]
    public async Task ToolNode_ArgumentsCannotBeWritten_ToolGetsThemAndTheRecordKeepsTheRest()
    {
        using var stream = new MemoryStream([1, 2, 3]);
        using var log = new ListLoggerFactory();
        var measure = Helpers.Tool("measure", (double x, Stream body, int y) => $"{x} {body.Length} {y}");
        var wf = Workflow.CreateBuilder<Counter>("tool");
        var first = wf.AddTool(measure, _ => new { x = double.NaN, body = stream, y = 4 }, (s, r) => s.Add(r.Text));
        wf.Start(first).Then(wf.AddTool(measure, _ => new { x = 1.5, body = stream, y = 5 }, (s, r) => s.Add(";" + r.Text), new() { Name = "again" }));

        var result = await wf.Build().RunAsync(new(), Helpers.NoModel, new() { LoggerFactory = log });

        Assert.Equal("NaN 3 4;1.5 3 5", result.State.Log);
        Assert.Equal("""{"x":"NaN","body":{"$unserializable":"System.IO.MemoryStream"},"y":4}""", result.Nodes[0].Arguments?.GetRawText());
        Assert.Contains("MemoryStream", Assert.Single(log.Messages, m => m.Contains("recorded", StringComparison.Ordinal)), StringComparison.Ordinal);
    }

    [Fact]
    public async Task Role_CallHasArgumentsThatCannotBeWritten_ToolGetsThem()
    {
        var half = Helpers.Tool("half", (double x) => $"{x / 2}");
        using var client = new ScriptedChatClient(
            new ChatResponse(new ChatMessage(ChatRole.Assistant, [new FunctionCallContent("c", "half", new Dictionary<string, object?> { ["x"] = double.PositiveInfinity })])), "done");

        var result = await Helpers.OneRole(Helpers.Role("solo", half)).RunAsync(new(), Helpers.Runtime(client));

        Assert.Equal(("""{"x":"Infinity"}""", "Infinity"), (result.Nodes[1].Arguments?.GetRawText(), result.Nodes[1].Result.ToString()));
    }

    [Fact]
    public async Task Tool_ResultCannotBeWritten_IsAPlaceholder()
    {
        var open = Helpers.Tool("open", () => new { Name = "n", Body = (object)new MemoryStream() });
        var wf = Workflow.CreateBuilder<Counter>("tool");
        wf.Start(wf.AddTool(new Unmarshalled(open, new { Name = "n", Body = (object)new MemoryStream() }), _ => new { }, (s, r) => s.Add(r.Text)));

        Assert.Equal("""{"name":"n","body":{"$unserializable":"System.IO.MemoryStream"}}""", (await wf.Build().RunAsync(new(), Helpers.NoModel)).State.Log);
    }

    /// <summary>Returns an object as it is.</summary>
    private sealed class Unmarshalled(AIFunction inner, object result) : DelegatingAIFunction(inner)
    {
        protected override ValueTask<object?> InvokeCoreAsync(AIFunctionArguments arguments, CancellationToken cancellationToken) => new(result);
    }

    private sealed class ListLoggerFactory : ILoggerFactory, ILogger
    {
        public List<string> Messages { get; } = [];

        public ILogger CreateLogger(string categoryName) => this;

        public void AddProvider(ILoggerProvider provider) { }

        public void Dispose() { }

        public IDisposable? BeginScope<TState>(TState state)
            where TState : notnull => null;

        public bool IsEnabled(LogLevel logLevel) => true;

        public void Log<TState>(LogLevel logLevel, EventId eventId, TState state, Exception? exception, Func<TState, Exception?, string> formatter) =>
            Messages.Add(formatter(state, exception));
    }
}
