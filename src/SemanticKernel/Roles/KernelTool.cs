using System.Text.Json;
using Microsoft.Extensions.AI;
using Microsoft.SemanticKernel;

namespace AgentTeams.SemanticKernel;

/// <summary>
/// A kernel function as a tool. A kernel function is an <see cref="AIFunction"/> already, but called as one it passes by the
/// kernel's function filters; this one does not.
/// </summary>
internal sealed class KernelTool(KernelFunction function, Kernel kernel) : AIFunction
{
    private readonly AIFunction _function = function;

    public override string Name => _function.Name;

    public override string Description => _function.Description;

    public override JsonElement JsonSchema => _function.JsonSchema;

    public override JsonElement? ReturnJsonSchema => _function.ReturnJsonSchema;

    public override JsonSerializerOptions JsonSerializerOptions => _function.JsonSerializerOptions;

    protected override async ValueTask<object?> InvokeCoreAsync(AIFunctionArguments arguments, CancellationToken cancellationToken)
    {
        var result = await function.InvokeAsync(kernel, new KernelArguments(arguments), cancellationToken).ConfigureAwait(false);
        return result.GetValue<object>();
    }
}
