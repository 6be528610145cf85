using System.ComponentModel;
using ModelContextProtocol;
using ModelContextProtocol.Server;

namespace MyServer;

/// <summary>The tools that the server offers; their descriptions are what models read.</summary>
public static class OfferedTools
{
    [McpServerTool(Name = "add"), Description("Adds two numbers.")]
    public static double Add([Description("The first number.")] double a, [Description("The second number.")] double b) => a + b;

    [McpServerTool(Name = "divide"), Description("Divides the first number by the second.")]
    public static double Divide([Description("The dividend.")] double a, [Description("The divisor, not 0.")] double b) =>
        b == 0 ? throw new McpException("The divisor is 0. Give another one.") : a / b;
}
