using Microsoft.Extensions.AI;

namespace AgentTeams.Workflows;

/// <summary>A tool whose body is nobody's model call: what it asks of models is not recorded as said by the role that called it.</summary>
internal sealed class OwnBodyTool(AIFunction tool) : DelegatingAIFunction(tool)
{
    protected override async ValueTask<object?> InvokeCoreAsync(AIFunctionArguments arguments, CancellationToken cancellationToken)
    {
        ModelCallScope.Leave();
        return await base.InvokeCoreAsync(arguments, cancellationToken).ConfigureAwait(false);
    }
}
