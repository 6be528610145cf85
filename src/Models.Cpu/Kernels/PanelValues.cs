using System.Runtime.CompilerServices;
using System.Runtime.Intrinsics;
using System.Runtime.Intrinsics.X86;

namespace AgentTeams.Models;

/// <summary>Reads a panel in one format. A piece is so many rows that one header, or none, belongs to them.</summary>
internal unsafe interface IPanelValues
{
    /// <summary>Bytes of a value.</summary>
    static abstract int ValueBytes { get; }

    /// <summary>Rows of a piece.</summary>
    static abstract int BlockRows { get; }

    /// <summary>Bytes before the rows of a piece.</summary>
    static abstract int HeaderBytes { get; }

    /// <summary>Eight values in float32.</summary>
    /// <param name="at">Where they lie.</param>
    /// <param name="header">The header of their columns.</param>
    static abstract Vector256<float> Load(byte* at, float* header);
}

/// <summary>Values in float32.</summary>
internal readonly unsafe struct Float32Values : IPanelValues
{
    public static int ValueBytes => sizeof(float);

    public static int BlockRows => int.MaxValue;

    public static int HeaderBytes => 0;

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Vector256<float> Load(byte* at, float* header) => Vector256.Load((float*)at);
}

/// <summary>Values in bfloat16.</summary>
internal readonly unsafe struct BFloat16Values : IPanelValues
{
    public static int ValueBytes => sizeof(ushort);

    public static int BlockRows => int.MaxValue;

    public static int HeaderBytes => 0;

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Vector256<float> Load(byte* at, float* header)
    {
        if (Avx2.IsSupported) return (Avx2.ConvertToVector256Int32((ushort*)at) << 16).AsSingle();
        var (low, high) = Vector128.Widen(Vector128.Load((ushort*)at));
        return (Vector256.Create(low, high) << 16).AsSingle();
    }
}

/// <summary>Whole numbers of 8 bits times the scale of their block and column, each product rounded to float32.</summary>
internal readonly unsafe struct Q8Values : IPanelValues
{
    public static int ValueBytes => sizeof(sbyte);

    public static int BlockRows => 32;

    public static int HeaderBytes => Gemm.PanelWidth * sizeof(float);

    /// <summary>Bytes of a block of rows.</summary>
    public static int BlockBytes => HeaderBytes + BlockRows * Gemm.PanelWidth;

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Vector256<float> Load(byte* at, float* header)
    {
        if (Avx2.IsSupported) return Vector256.ConvertToSingle(Avx2.ConvertToVector256Int32((sbyte*)at)) * Vector256.Load(header);
        var (low, high) = Vector128.Widen(Vector128.WidenLower(Vector128.CreateScalarUnsafe(*(long*)at).AsSByte()));
        return Vector256.ConvertToSingle(Vector256.Create(low, high)) * Vector256.Load(header);
    }
}
