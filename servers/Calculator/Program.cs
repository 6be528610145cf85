using System.ComponentModel;
using System.Globalization;
using AgentTeams.Servers;
using ModelContextProtocol;
using ModelContextProtocol.Server;

// A client over stdio may end the process at any time; nothing here needs an orderly end.
var served = 0L;

// "--exit-on EXPRESSION" makes the server die in the middle of that call, to show what a client does then.
var fatal = args is ["--exit-on", var expressionToDieOf] ? expressionToDieOf : null;

string Calculate([Description("An expression of numbers, + - * / and parentheses, for example (2+3)*4.")] string expression)
{
    Interlocked.Increment(ref served);
    if (expression == fatal) Environment.Exit(1);
    try
    {
        return Expression.Format(Expression.Evaluate(expression));
    }
    catch (ExpressionException e)
    {
        throw new McpException(e.Message, e);
    }
}

string Calls() => Interlocked.Read(ref served).ToString(CultureInfo.InvariantCulture);

McpServerOptions options = new()
{
    ServerInfo = new() { Name = "calculator", Version = "1.0" },
    Capabilities = new() { Tools = new() },
    ToolCollection =
    [
        new StrictTool(McpServerTool.Create(Calculate, new() { Name = "calculate", Description = "Computes an arithmetic expression." })),
        new StrictTool(McpServerTool.Create(Calls, new() { Name = "calls", Description = "How many calls of calculate were served." })),
    ],
};
await using var transport = new StdioServerTransport(options);
await using var server = McpServer.Create(transport, options);
await server.RunAsync();
