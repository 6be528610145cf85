using System.ComponentModel;
using Microsoft.Extensions.AI;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.SemanticKernel;
using Microsoft.SemanticKernel.Agents;

namespace AgentTeams.Tests;

/// <summary>Semantic Kernel agents over scripted models.</summary>
internal static class Sk
{
    /// <summary>A kernel whose chat client is built as a user would build it, recorded inside the loop.</summary>
    public static Kernel Kernel(IChatClient model)
    {
        var builder = Microsoft.SemanticKernel.Kernel.CreateBuilder();
        builder.Services.AddSingleton(model.AsBuilder().UseKernelFunctionInvocation().UseTrajectoryRecording().Build());
        return builder.Build();
    }

    public static ChatCompletionAgent Agent(string name, IChatClient model, params object[] plugins)
    {
        var kernel = Kernel(model);
        foreach (var plugin in plugins) kernel.Plugins.AddFromObject(plugin);
        return new()
        {
            Name = name,
            Description = name + "s",
            Instructions = $"You are the {name}.",
            Kernel = kernel,
            Arguments = new(new PromptExecutionSettings { FunctionChoiceBehavior = FunctionChoiceBehavior.Auto() }),
        };
    }

    public static ChatCompletionAgent Agent(string name, params string[] answers) => Agent(name, new ScriptedChatClient([.. answers.Select(ScriptedReply.Say)]));

    public static ScriptedChatClient Script(params ScriptedReply[] answers) =>
        new(call => call.Index < answers.Length ? answers[call.Index] : ScriptedReply.Fail(new IOException("The script is over.")));

    public static async Task<List<T>> ReadAsync<T>(this IAsyncEnumerable<T> items)
    {
        var read = new List<T>();
        await foreach (var item in items) read.Add(item);
        return read;
    }

    public static async Task<string> AskAsync(this Agent agent, string question, AgentThread? thread = null) =>
        (await agent.InvokeAsync(question, thread).ReadAsync())[^1].Message.Content ?? "";

    public static IEnumerable<string> Ids(this Trajectory trajectory) => trajectory.Nodes.Select(n => n.Id);

    /// <summary>Each node with its parents: "b&lt;a" for a node b that builds on a.</summary>
    public static IEnumerable<string> Edges(this Trajectory trajectory) => trajectory.Nodes.Select(n => n.Parents.IsEmpty ? n.Id : $"{n.Id}<{string.Join('+', n.Parents)}");

    public sealed class Calculator
    {
        [KernelFunction, Description("Doubles a number.")]
        public static int Double(int x) => 2 * x;

        [KernelFunction, Description("Always fails.")]
        public static int Fail() => throw new IOException("disk full");
    }

    /// <summary>Notes the name of every function that was called through the kernel.</summary>
    internal sealed class FunctionNotes : IFunctionInvocationFilter, IAutoFunctionInvocationFilter
    {
        public List<string> Called { get; } = [];

        public List<string> AutoCalled { get; } = [];

        public Task OnFunctionInvocationAsync(Microsoft.SemanticKernel.FunctionInvocationContext context, Func<Microsoft.SemanticKernel.FunctionInvocationContext, Task> next)
        {
            Called.Add(context.Function.Name);
            return next(context);
        }

        public Task OnAutoFunctionInvocationAsync(AutoFunctionInvocationContext context, Func<AutoFunctionInvocationContext, Task> next)
        {
            AutoCalled.Add(context.Function.Name);
            return next(context);
        }
    }
}
