using Microsoft.Extensions.AI;

namespace AgentTeams.SemanticKernel;

/// <summary>A tool under a name that a kernel plugin accepts, whose result a model can read.</summary>
internal sealed class PluginTool(AIFunction tool) : DelegatingAIFunction(tool)
{
    public override string Name { get; } = PluginName(tool.Name);

    /// <summary>Letters, digits and '_' only.</summary>
    public static string PluginName(string name) => string.Concat(name.Select(c => char.IsAsciiLetterOrDigit(c) ? c : '_'));

    /// <summary>The name under which connectors offer a function to a model.</summary>
    public static string QualifiedName(string? plugin, string function) => plugin is { Length: > 0 } ? $"{plugin}-{function}" : function;

    protected override async ValueTask<object?> InvokeCoreAsync(AIFunctionArguments arguments, CancellationToken cancellationToken)
    {
        var result = await base.InvokeCoreAsync(arguments, cancellationToken).ConfigureAwait(false);
        return result is ToolResult answer ? answer.ForModel() : result;
    }
}
