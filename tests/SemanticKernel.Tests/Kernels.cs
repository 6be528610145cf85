using System.ComponentModel;
using Microsoft.Extensions.AI;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.SemanticKernel;
using Microsoft.SemanticKernel.ChatCompletion;

namespace AgentTeams.Tests;

/// <summary>Kernels over scripted models.</summary>
internal static class Kernels
{
    /// <summary>A kernel whose chat client is built as a user would build it.</summary>
    public static Kernel OfClient(IChatClient model)
    {
        var builder = Kernel.CreateBuilder();
        builder.Services.AddSingleton(model.AsBuilder().UseKernelFunctionInvocation().Build());
        builder.Plugins.AddFromType<Calculator>();
        return builder.Build();
    }

    /// <summary>A kernel with a chat-completion service that runs its own tool-call loop, as the connectors of remote services do.</summary>
    public static Kernel OfService(IChatClient model)
    {
        var builder = Kernel.CreateBuilder();
        builder.Services.AddSingleton(model.AsBuilder().UseKernelFunctionInvocation().Build().AsChatCompletionService());
        builder.Plugins.AddFromType<Calculator>();
        return builder.Build();
    }

    public static PromptExecutionSettings Auto => new() { FunctionChoiceBehavior = FunctionChoiceBehavior.Auto() };

    public static ScriptedChatClient Script(params ScriptedReply[] answers) => new(answers);

    internal sealed class Calculator
    {
        [KernelFunction, Description("Doubles a number.")]
        public static int Double(int x) => 2 * x;
    }
}
